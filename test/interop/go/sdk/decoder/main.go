// Reads what an instance left behind with the types of the SDK it is built with, and prints what it understood. A field
// that the types do not have is an error, but in a log, where lines have those of another generation as well.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/influxdata/influxdb1-client/models"
	"github.com/testground/sdk-go/runtime"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// What each line of stdin may be, by the first argument; the answer to each is a line.
var readers = map[string]func([]byte) ([]byte, error){
	"log":    logged,
	"event":  event,
	"metric": metric,
	"influx": point,
}

func main() {
	read, known := readers[os.Args[1]]
	if !known {
		log.Fatalf("unknown kind of line: %s", os.Args[1])
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		answer, err := read(lines.Bytes())
		if err != nil {
			log.Fatalf("%s: %v", lines.Bytes(), err)
		}
		fmt.Printf("%s\n", bytes.TrimRight(answer, "\n"))
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}

// logged is a line of stdout or run.out, written again by the SDK's own logger.
func logged(line []byte) ([]byte, error) {
	var entry struct {
		TS    int64          `json:"ts"`
		Msg   string         `json:"msg"`
		Group string         `json:"group_id"`
		Run   string         `json:"run_id"`
		Event *runtime.Event `json:"event"`
	}
	if err := json.Unmarshal(line, &entry); err != nil {
		return nil, err
	}
	fields := []zap.Field{
		zap.Int64("ts", entry.TS),
		zap.String("msg", entry.Msg),
		zap.String("group_id", entry.Group),
		zap.String("run_id", entry.Run),
	}
	if entry.Event != nil {
		fields = append(fields, zap.Object("event", entry.Event))
	}
	text, err := zapcore.NewJSONEncoder(zapcore.EncoderConfig{}).EncodeEntry(zapcore.Entry{}, fields)
	if err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// event is an entry of the run's events.
func event(line []byte) ([]byte, error) {
	return again(line, &runtime.Event{})
}

// metric is a line of results.out or diagnostics.out.
func metric(line []byte) ([]byte, error) {
	return again(line, &runtime.Metric{})
}

// point is a line of InfluxDB's protocol.
func point(line []byte) ([]byte, error) {
	points, err := models.ParsePoints(line)
	if err != nil {
		return nil, err
	}
	read := points[0]
	fields, err := read.Fields()
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]interface{}{
		"name":   string(read.Name()),
		"tags":   read.Tags().Map(),
		"fields": fields,
		"ts":     fmt.Sprint(read.UnixNano()),
	})
}

// again decodes into one of the SDK's types, and encodes what is there. A field that the type does not have is an error.
func again(line []byte, value interface{}) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(value); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}
