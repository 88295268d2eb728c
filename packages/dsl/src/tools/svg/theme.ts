/** What all drawings share. */
export const FONT = { title: 13, note: 11 } as const;

/** Names of the colours in which values are traced. */
export const HUES = 6;

/** Neutral in light and dark; where `prefers-color-scheme` is not known, light. */
export const STYLE: string = `
svg { --bg: #ffffff; --ink: #1f2328; --soft: #59636e; --line: #b9c0c8; --box: #f4f6f8; --edge: #8c959f;
  --band: #dbe7f5; --band-edge: #7fa3cc; --wave: #f3e6d3; --wave-edge: #c79a5b; --frame: #c9d0d8; --tab: #e9ecf0;
  --h0: #2f6fb3; --h1: #a8572b; --h2: #3c7f53; --h3: #8450a8; --h4: #9a7410; --h5: #b03a5b }
@media (prefers-color-scheme: dark) { svg { --bg: #12161b; --ink: #e6eaee; --soft: #9aa4af; --line: #454d57;
  --box: #1d232a; --edge: #66707b; --band: #1d3147; --band-edge: #4d78a8; --wave: #3a2d1b; --wave-edge: #9b7a48;
  --frame: #3b434d; --tab: #272e36;
  --h0: #6aa7e8; --h1: #e09465; --h2: #7cc293; --h3: #c193e6; --h4: #d6b04c; --h5: #ea7f9d } }
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--ink) }
.title { font-size: ${FONT.title}px; font-weight: 600 } .note { font-size: ${FONT.note}px; fill: var(--soft) }
.ground { fill: var(--bg) } .box { fill: var(--box); stroke: var(--edge) }
.band { fill: var(--band); stroke: var(--band-edge) } .wave { fill: var(--wave); stroke: var(--wave-edge) }
.frame { fill: none; stroke: var(--frame) } .tab { fill: var(--tab); stroke: var(--frame) }
.label { fill: var(--bg) } .life { stroke: var(--line); fill: none } .far { stroke-dasharray: 2 4 }
.act { stroke: var(--h0); fill: none; stroke-width: 1.4 } .act-head { fill: var(--h0) }
.read { stroke: var(--h2); fill: none; stroke-width: 1.4; stroke-dasharray: 5 3 } .read-head { fill: var(--h2) }
.next { stroke: var(--edge); fill: none } .next-head { fill: var(--edge) } .else { stroke-dasharray: 5 4 }
${Array.from({ length: HUES }, (_, hue) => `.v${hue} { stroke: var(--h${hue}); fill: none; stroke-width: 1.3 } .v${hue}-head { fill: var(--h${hue}) }`).join("\n")}`;
