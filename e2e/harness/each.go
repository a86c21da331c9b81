package harness

import "testing"

// InEach runs a test in each browser, both at once.
func InEach(t *testing.T, o Options, test func(t *testing.T, b Browser)) {
	t.Helper()
	inEach(t, func(t *testing.T, start starting) { t.Helper(); test(t, start(t, o)) })
}

// InEachWithSound runs a test in each browser, both at once, each with a sound device of its own.
func InEachWithSound(t *testing.T, test func(t *testing.T, b Browser, s *Sound)) {
	t.Helper()
	inEach(t, func(t *testing.T, start starting) {
		t.Helper()
		s := StartSound(t)
		test(t, start(t, Options{Sound: s}), s)
	})
}

// starting starts one of the browsers.
type starting func(tb testing.TB, o Options) Browser

func inEach(t *testing.T, run func(t *testing.T, start starting)) {
	t.Helper()
	for name, start := range map[string]starting{
		"chromium": func(tb testing.TB, o Options) Browser { tb.Helper(); return StartChromium(tb, o) },
		"firefox":  func(tb testing.TB, o Options) Browser { tb.Helper(); return StartFirefox(tb, o, "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, start)
		})
	}
}
