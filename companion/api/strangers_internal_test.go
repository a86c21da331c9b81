package api

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestStrangersOfOnePlaceKeepNobodyElseOut(t *testing.T) {
	var s strangers
	var known func()
	for range maxOfOnePlace {
		first, ok := s.come("192.0.2.7", true)
		assert.True(t, ok)
		known = first
	}
	_, ok := s.come("192.0.2.7", true)
	assert.False(t, ok, "one more of that place")
	_, ok = s.come("192.0.2.8", true)
	assert.True(t, ok, "somebody else")
	known()
	known() // again: it was counted out once
	_, ok = s.come("192.0.2.7", true)
	assert.True(t, ok, "one has proven itself")
	_, ok = s.come("192.0.2.7", true)
	assert.False(t, ok)
}

// What a tunnel or a proxy of this computer brings is of many.
func TestStrangersByATunnelAreBoundedInAllOnly(t *testing.T) {
	var s strangers
	for range maxStrangers {
		_, ok := s.come("here", false)
		assert.True(t, ok)
	}
	_, ok := s.come("here", false)
	assert.False(t, ok)
	_, ok = s.come("192.0.2.7", true)
	assert.False(t, ok)
}
