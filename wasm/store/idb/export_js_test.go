package idb

import "github.com/kindos/kai/wasm/jsval"

// Version is the database's.
const Version = databaseVersion

// DropForTest closes the database under a store, as the browser does when it needs the disk.
func DropForTest(s *Store) {
	_, _ = jsval.Call(s.engine.(*session).object, "close") // closed already is as good
}

// AtVersion makes the store one of an earlier or later kAI.
func AtVersion(opt Options, version uint) Options {
	opt.version = version
	return opt
}

// GatherFrom has lists join records that lie alone from so many on.
func GatherFrom(opt Options, n int) Options {
	opt.gatherFrom = n
	return opt
}
