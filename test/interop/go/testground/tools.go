//go:build tools

// Testground's command. A module of its own names the versions of all it is built from.
package tools

import _ "github.com/testground/testground"
