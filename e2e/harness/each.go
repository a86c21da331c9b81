package harness

import "testing"

// InEach runs a test in each browser, both at once.
func InEach(t *testing.T, o Options, test func(t *testing.T, b Browser)) {
	t.Helper()
	t.Run("chromium", func(t *testing.T) {
		t.Parallel()
		test(t, StartChromium(t, o))
	})
	t.Run("firefox", func(t *testing.T) {
		t.Parallel()
		test(t, StartFirefox(t, o, ""))
	})
}

// InEachWithSound runs a test in each browser, both at once, each with a sound device of its own.
func InEachWithSound(t *testing.T, test func(t *testing.T, b Browser, s *Sound)) {
	t.Helper()
	t.Run("chromium", func(t *testing.T) {
		t.Parallel()
		s := StartSound(t)
		test(t, StartChromium(t, Options{Sound: s}), s)
	})
	t.Run("firefox", func(t *testing.T) {
		t.Parallel()
		s := StartSound(t)
		test(t, StartFirefox(t, Options{Sound: s}, ""), s)
	})
}
