package runtime

// NewUnmarked is newUnmarked, for tests.
var NewUnmarked = newUnmarked
