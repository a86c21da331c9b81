package config

import (
	"strconv"
	"strings"

	"github.com/kindos/kai/shared/address"
)

// Embedded is the configuration of embedded mode (specification: EmbeddedConfig).
type Embedded struct {
	KLPEnabled        bool       `json:"klp_enabled" doc:"Join the kind link."`
	MQTTHost          SecretURL  `json:"mqtt_host" doc:"The MQTT broker: a name or address, with :port if it is not 1883; mqtts://host for TLS."`
	DeviceID          string     `json:"device_id" doc:"What this device is called, in topics and to its fellows."`
	HeartbeatInterval int        `json:"heartbeat_interval" min:"1" max:"65535" doc:"Seconds between two signs of life."`
	VoiceUI           bool       `json:"voice_ui" doc:"Listen and speak."`
	DisplayType       string     `json:"display_type" enum:"none,led,oled,eink" doc:"What the device can show things on."`
	Sensors           []Sensor   `json:"sensors" doc:"What the device measures."`
	Actuators         []Actuator `json:"actuators" doc:"What the device moves and switches."`
	PowerManagement   Power      `json:"power_management" doc:"How it spares its battery and keeps cool."`
}

// Sensor is something that measures (specification: SensorConfig).
type Sensor struct {
	Type         string  `json:"type" enum:"temperature,humidity,motion,camera,microphone" doc:"What it measures."`
	Pin          *int    `json:"pin,omitempty" min:"0" max:"1023" doc:"The pin that it is wired to, as the board counts them."`
	I2CAddress   *int    `json:"i2c_address,omitempty" min:"8" max:"119" doc:"Its address on the I2C bus."`
	SamplingRate float64 `json:"sampling_rate" min:"0" max:"192000" doc:"Readings a second (Hz); 0.1 is one in ten seconds."`
	Enabled      bool    `json:"enabled" doc:"False: it is left alone."`
}

// Actuator is something that moves or switches (adopted definition of ActuatorConfig).
type Actuator struct {
	Type       string   `json:"type" enum:"relay,servo,led,buzzer,motor" doc:"What it is."`
	ID         string   `json:"id" doc:"What commands call it."`
	Pin        *int     `json:"pin,omitempty" min:"0" max:"1023" doc:"The pin that it is wired to."`
	I2CAddress *int     `json:"i2c_address,omitempty" min:"8" max:"119" doc:"Its address on the I2C bus."`
	SafeState  float64  `json:"safe_state" doc:"The value that it takes at the start, at the end, and when nobody commands it any more."`
	Min        *float64 `json:"min,omitempty" doc:"The least value; 0 when it is left out."`
	Max        *float64 `json:"max,omitempty" doc:"The greatest value; 1 when it is left out."`
	MaxRate    *float64 `json:"max_rate,omitempty" doc:"The most that the value may change in a second."`
	Enabled    bool     `json:"enabled" doc:"False: it is left alone."`
}

// Power says how a device spares its battery and keeps cool (adopted definition of PowerConfig).
type Power struct {
	Source                 string  `json:"source" enum:"ac,battery,solar" doc:"What feeds it."`
	LowBatteryPercent      int     `json:"low_battery_percent" min:"0" max:"100" doc:"Below this it measures less often."`
	CriticalPercent        int     `json:"critical_percent" min:"0" max:"100" doc:"Below this it refuses work, and sleeps if it may."`
	Sleep                  string  `json:"sleep" enum:"none,light,hibernate" doc:"How deep it may sleep."`
	LowPowerSamplingFactor float64 `json:"low_power_sampling_factor" min:"0" max:"1" doc:"Sampling rates are multiplied by this while the battery is low."`
	ThermalThrottleC       int     `json:"thermal_throttle_c" min:"0" max:"125" doc:"Above so many degrees Celsius it works slower."`
	ThermalCutC            int     `json:"thermal_cut_c" min:"0" max:"125" doc:"Above so many degrees Celsius it stops heavy work."`
}

// DefaultEmbedded returns the specified defaults, with the adopted completions.
func DefaultEmbedded() Embedded {
	return Embedded{
		KLPEnabled:        true,
		MQTTHost:          "10.0.0.1",
		DeviceID:          "kai_device_001",
		HeartbeatInterval: 60,
		DisplayType:       "none",
		Sensors:           []Sensor{},
		Actuators:         []Actuator{},
		PowerManagement: Power{
			Source: "ac", LowBatteryPercent: 20, CriticalPercent: 10, Sleep: "none",
			LowPowerSamplingFactor: 0.25, ThermalThrottleC: 80, ThermalCutC: 90,
		},
	}
}

// Check reports what is wrong and what deserves a warning.
func (e Embedded) Check() (problems, warnings []Problem) {
	r := &report{}
	checkTags(e, r)
	checkBroker(e.MQTTHost, r)
	if !topicWord(e.DeviceID) {
		r.wrong("device_id", strconv.Quote(clip(e.DeviceID))+" can't stand in an MQTT topic", "use up to 64 letters, digits, dots, - and _")
	}
	checkPower(e.PowerManagement, r)
	checkWiring(e, r)
	return r.problems, r.warnings
}

// checkBroker wants a host, and no password on an unencrypted way.
func checkBroker(at SecretURL, r *report) {
	const path = "mqtt_host"
	if _, ok := at.Reference(); ok {
		return
	}
	text := string(at)
	if !strings.Contains(text, "://") {
		text = "mqtt://" + text
	}
	u, ok := address.Parse(text)
	switch {
	case !ok || u.Host == "" || !validPort(u.Port) || u.Path != "" && u.Path != "/" || u.Query || u.Fragment:
		r.wrong(path, "this is not the name or address of a broker", "write one such as 10.0.0.1, broker.local:1883 or mqtts://broker.example")
	case !among(u.Scheme, "mqtt", "mqtts"):
		r.wrong(path, strconv.Quote(clip(u.Scheme))+" is not a way to a broker", "write mqtt://, or mqtts:// for TLS")
	case u.Scheme == "mqtt" && u.User && !local(u.Host):
		r.wrong(path, "the password would go to "+u.Host+" unencrypted, for everybody on the way to read", "write mqtts://, or leave the password out")
	}
}

// checkPower wants thresholds in their order.
func checkPower(p Power, r *report) {
	if p.CriticalPercent >= p.LowBatteryPercent {
		r.wrong("power_management.critical_percent", "a battery is low before it is critical", "make it less than low_battery_percent")
	}
	if p.ThermalCutC <= p.ThermalThrottleC {
		r.wrong("power_management.thermal_cut_c", "a device works slower before it stops", "make it more than thermal_throttle_c")
	}
}

// topicWord says whether a word can be one level of an MQTT topic, whoever reads it.
func topicWord(text string) bool {
	return text != "" && len(text) <= 64 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}
