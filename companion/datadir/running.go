package datadir

import (
	"encoding/json"
	"os"
	"time"
)

// Running tells about the kai that uses the folder now.
type Running struct {
	PID     int       `json:"pid"`
	Version string    `json:"version"`
	Mode    string    `json:"mode"`
	URL     string    `json:"url,omitempty"`
	Socket  string    `json:"socket,omitempty"`
	Started time.Time `json:"started"`
}

// Announce writes who runs here, for kai status and kai host.
func (d Dir) Announce(r Running) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := write(d.File("running.json"), append(text, '\n')); err != nil {
		return unusable(d.path, err)
	}
	return nil
}

// Retract takes the announcement back.
func (d Dir) Retract() {
	_ = os.Remove(d.File("running.json")) // the lock decides who runs; a leftover only misleads people
}

// Running reads the announcement. It is only worth something while Locked; false when there is none.
func (d Dir) Running() (Running, bool) {
	var r Running
	text, err := os.ReadFile(d.File("running.json"))
	if err != nil || json.Unmarshal(text, &r) != nil {
		return Running{}, false
	}
	return r, true
}
