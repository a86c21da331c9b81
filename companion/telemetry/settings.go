package telemetry

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/fault"
)

// DefaultRate is the part of the days on which counters are sent (adopted definitions, 2.7: sampleRate).
const DefaultRate = 0.1

const file = "telemetry.json"

// Settings say where counters go; without an endpoint nowhere.
type Settings struct {
	Endpoint   string  `json:"endpoint"`
	SampleRate float64 `json:"sampleRate"` // 0 to 1
}

// Read reads the settings of a data directory.
func Read(folder string) (Settings, error) {
	path := filepath.Join(folder, file)
	text, err := os.ReadFile(path) //nolint:gosec // in the data directory
	if errors.Is(err, fs.ErrNotExist) {
		return Settings{SampleRate: DefaultRate}, nil
	}
	var s Settings
	if err != nil || json.Unmarshal(text, &s) != nil {
		return Settings{}, fault.New(fault.Malformed, "%s can't be read, so nothing is sent", path).WithRemedy("set the endpoint again with kai telemetry endpoint, or remove the file")
	}
	return s, s.Check()
}

// Write keeps them.
func (s Settings) Write(folder string) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err := errors.Join(s.Check(), err); err != nil {
		return err
	}
	if err := datadir.Replace(filepath.Join(folder, file), append(text, '\n')); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the settings of telemetry can't be written").WithRemedy("make %s writable for you", folder)
	}
	return nil
}

// Check holds them against what they may be. Unencrypted is a collector on this computer only.
func (s Settings) Check() error {
	if s.SampleRate < 0 || s.SampleRate > 1 {
		return fault.New(fault.Invalid, "a rate of %v is not possible", s.SampleRate).WithField("sampleRate").WithRemedy("write 0 to 1, such as 0.1")
	}
	if s.Endpoint == "" {
		return nil
	}
	u, err := url.Parse(s.Endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return fault.New(fault.Invalid, "counters can't be sent there").WithField("endpoint").
			WithRemedy("write an address that begins with https://, or http://localhost for a collector on this computer")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
