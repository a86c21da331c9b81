package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// purpose is what a person is about to do; each needs everything that the ones before it need.
type purpose int

const (
	forBuild purpose = iota + 1
	forRun
	forTest
)

func purposeOf(word string) purpose {
	return map[string]purpose{"build": forBuild, "run": forRun, "test": forTest}[word]
}

// part is something that has to be on the computer.
type part struct {
	name  string
	why   string
	since purpose
	have  func(ctx context.Context) bool
	// apt lists packages by Debian's names; where a distribution lacks the first, the next is taken.
	apt   []string
	other string // where it is had on other systems
}

func parts() []part {
	return []part{
		{"node", "bundles and tests the interface", forBuild, program("node"), []string{"nodejs"}, "https://nodejs.org"},
		{"npm", "gets what the interface is built with", forBuild, program("npm"), []string{"npm"}, "https://nodejs.org"},
		{
			"chromium", "runs the extension", forRun, program("chromium", "chromium-browser"),
			[]string{"chromium", "chromium-browser"},
			"https://www.chromium.org/getting-involved/download-chromium",
		},
		{"g++", "builds the model server", forRun, orOllama(program("g++")), []string{"g++"}, "your system's C++ compiler"},
		{
			"nlohmann-json", "builds the model server", forRun, orOllama(file("nlohmann/json.hpp")),
			[]string{"nlohmann-json3-dev"},
			"https://github.com/nlohmann/json",
		},
		{"stb", "builds the model server", forRun, orOllama(file("stb/stb_image.h")), []string{"libstb-dev"}, "https://github.com/nothings/stb"},
		{"pip", "fetches small models and servers once", forRun, hasPip, []string{"python3-pip"}, "https://pip.pypa.io"},
		{"g++", "builds the kai with DuckDB", forTest, program("g++"), []string{"g++"}, "your system's C++ compiler"},
		{"make", "runs the tests", forTest, program("make"), []string{"make"}, "your system's make"},
		{
			"firefox", "runs the extension", forTest, program("firefox-esr", "firefox"),
			[]string{"firefox-esr", "firefox"},
			"https://www.mozilla.org/firefox/enterprise",
		},
		{
			"redis-server", "keeps short-lived results for the tests of that cache", forTest, program("redis-server"),
			[]string{"redis-server"},
			"https://redis.io/downloads",
		},
		{
			"postgresql", "keeps records for the tests of that store", forTest, hasPostgres,
			[]string{"postgresql"},
			"https://www.postgresql.org/download",
		},
		{
			"gnome-keyring", "opens the vault in the tests of that", forTest, program("gnome-keyring-daemon"),
			[]string{"gnome-keyring"},
			"https://wiki.gnome.org/Projects/GnomeKeyring",
		},
		{
			"dbus-daemon", "is how that keyring is reached", forTest, program("dbus-daemon"),
			[]string{"dbus-daemon", "dbus"},
			"https://www.freedesktop.org/wiki/Software/dbus",
		},
		{
			"pulseaudio", "is the sound device of browsers in the tests of speech, on Linux", forTest, onlyLinux(program("pulseaudio")),
			[]string{"pulseaudio"},
			"https://www.freedesktop.org/wiki/Software/PulseAudio",
		},
		{
			"pulseaudio-utils", "plays and records on that device, on Linux", forTest, onlyLinux(program("paplay")),
			[]string{"pulseaudio-utils"},
			"https://www.freedesktop.org/wiki/Software/PulseAudio",
		},
		{
			"iproute2", "joins two hosts for the test of federation, on Linux", forTest, onlyLinux(program("ip")),
			[]string{"iproute2"},
			"https://github.com/iproute2/iproute2",
		},
	}
}

// program holds when one of the names is on PATH.
func program(names ...string) func(context.Context) bool {
	return func(context.Context) bool {
		for _, name := range names {
			if _, err := exec.LookPath(name); err == nil {
				return true
			}
		}
		return false
	}
}

// onlyLinux holds also where there is no Linux, whose tests need it.
func onlyLinux(have func(context.Context) bool) func(context.Context) bool {
	return func(ctx context.Context) bool { return runtime.GOOS != "linux" || have(ctx) }
}

// file holds when a header is where compilers look.
func file(header string) func(context.Context) bool {
	return func(context.Context) bool {
		for _, dir := range []string{"/usr/include/", "/usr/local/include/", "/opt/homebrew/include/"} {
			if _, err := os.Stat(dir + header); err == nil {
				return true
			}
		}
		return false
	}
}

// orOllama holds also when the model server need not be built.
func orOllama(have func(context.Context) bool) func(context.Context) bool {
	return func(ctx context.Context) bool { return program("ollama")(ctx) || have(ctx) }
}

// hasPip looks for the command first: asking python takes half a second.
func hasPip(ctx context.Context) bool {
	if !program("python3")(ctx) {
		return false
	}
	return program("pip3", "pip")(ctx) || exec.CommandContext(ctx, "python3", "-m", "pip", "--version").Run() == nil
}

// hasPostgres looks for the server's programs, which Debian keeps out of PATH.
func hasPostgres(ctx context.Context) bool {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	return program("initdb")(ctx) || err == nil && len(found) > 0
}
