package config

import "strconv"

// checkWiring wants every enabled part wired, and no two on one pin, of which one drives it.
func checkWiring(e Embedded, r *report) {
	pins, ids := map[int]string{}, map[string]string{}
	hears := false
	for i, s := range e.Sensors {
		path := "sensors" + index(i)
		checkSensor(path, s, r)
		hears = hears || s.Type == "microphone" && s.Enabled
		if s.Enabled && s.Pin != nil {
			pins[*s.Pin] = path // one part may measure two things: a DHT22 on its pin does
		}
	}
	for i, a := range e.Actuators {
		path := "actuators" + index(i)
		checkActuator(path, a, r)
		if other, taken := ids[a.ID]; taken {
			r.wrong(path+".id", strconv.Quote(clip(a.ID))+" is "+other+" already", "call it something else")
		}
		ids[a.ID] = path
		if !a.Enabled || a.Pin == nil {
			continue
		}
		if other, taken := pins[*a.Pin]; taken {
			r.wrong(path+".pin", "pin "+strconv.Itoa(*a.Pin)+" belongs to "+other+" already, and two parts on one pin break each other", "wire it to a pin of its own")
		}
		pins[*a.Pin] = path
	}
	if e.VoiceUI && !hears {
		r.warn("voice_ui", "the device is to listen, and has no enabled microphone", "add a sensor of type microphone")
	}
}

// checkSensor wants a way to it and a rate.
func checkSensor(path string, s Sensor, r *report) {
	if s.Enabled && s.SamplingRate == 0 {
		r.wrong(path+".sampling_rate", "it would never be read", "write readings a second, such as 0.1, or set enabled to false")
	}
	wired := among(s.Type, "temperature", "humidity", "motion")
	switch {
	case s.Pin != nil && s.I2CAddress != nil:
		r.wrong(path+".i2c_address", "it can't be on a pin and on the I2C bus", "keep pin or i2c_address")
	case s.Enabled && wired && s.Pin == nil && s.I2CAddress == nil:
		r.wrong(path, "nobody knows where the "+s.Type+" sensor is wired", "write pin or i2c_address, or set enabled to false")
	}
}

// checkActuator wants a way to it, and a safe state within its range.
func checkActuator(path string, a Actuator, r *report) {
	if !topicWord(a.ID) {
		r.wrong(path+".id", strconv.Quote(clip(a.ID))+" is not a name", "use up to 64 letters, digits, dots, - and _")
	}
	least, most := a.Range()
	switch {
	case least > most:
		r.wrong(path+".min", "the least value is greater than the greatest", "make min at most max")
	case a.SafeState < least || a.SafeState > most:
		r.wrong(path+".safe_state", "the safe state is outside of what the "+a.Type+" may do", "write a value from min to max")
	}
	if a.MaxRate != nil && *a.MaxRate <= 0 {
		r.wrong(path+".max_rate", "it could never move", "write more than 0, or leave it out")
	}
	switch {
	case a.Pin != nil && a.I2CAddress != nil:
		r.wrong(path+".i2c_address", "it can't be on a pin and on the I2C bus", "keep pin or i2c_address")
	case a.Enabled && a.Pin == nil && a.I2CAddress == nil:
		r.wrong(path, "nobody knows where the "+a.Type+" is wired", "write pin or i2c_address, or set enabled to false")
	}
}

// Range is the least and the greatest value of an actuator: 0 and 1 where it says no other.
func (a Actuator) Range() (least, most float64) {
	most = 1
	if a.Min != nil {
		least = *a.Min
	}
	if a.Max != nil {
		most = *a.Max
	}
	return least, most
}
