// Package daemon has the operating system start kai when the person signs in, and start and stop it at their word.
//
// It writes one file in the system's own form (a systemd user unit, a launchd agent, a task of Windows' scheduler) and
// lists the commands that act on it, as data; Manager runs them. It may import shared/fault and the standard library.
package daemon

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// Label is the name of kai for launchd; systemd and Windows call it kai and kAI.
const Label = "org.kindos.kai"

// The steps of a plan.
const (
	Install   = "install"
	Uninstall = "uninstall"
	Start     = "start"
	Stop      = "stop"
)

// Setup is what to start, and where.
type Setup struct {
	GOOS    string
	Home    string
	Config  string   // XDG_CONFIG_HOME; empty for the usual one
	User    string   // for launchd the user's number, for Windows DOMAIN\name
	Program string   // kai's own path
	Args    []string // what it is started with
}

// Plan is what a Setup means on its system: the file, its text, and the commands of each step, run in order. Commands of
// Uninstall come before the file goes, those of Install after it came.
type Plan struct {
	File     string
	Text     string
	Commands map[string][][]string
}

// Plan works out what to do. A system without a place for this answers fault.Unsupported.
func (s Setup) Plan() (Plan, error) {
	switch s.GOOS {
	case "linux":
		return s.systemd(), nil
	case "darwin":
		return s.launchd(), nil
	case "windows":
		return s.scheduler(), nil
	default:
		return Plan{}, fault.New(fault.Unsupported, "this version cannot have %s start kai", s.GOOS).WithRemedy("start it yourself: kai run")
	}
}

// systemd is a unit of the user's own manager. Exit codes 2 and 3 want a person: a wrong configuration, a taken port.
func (s Setup) systemd() Plan {
	config := filepath.Join(s.Home, ".config")
	if filepath.IsAbs(s.Config) {
		config = s.Config
	}
	words := []string{systemdWord(s.Program)}
	for _, word := range s.Args {
		words = append(words, strings.ReplaceAll(systemdWord(word), "$", "$$")) // a program's name has no variables
	}
	text := "[Unit]\nDescription=kAI, your own assistant\n\n[Service]\nType=exec\nExecStart=" + strings.Join(words, " ") +
		"\nRestart=on-failure\nRestartSec=5\nRestartPreventExitStatus=2 3\nTimeoutStopSec=20\nUMask=0077\nNoNewPrivileges=true\n" +
		"\n[Install]\nWantedBy=default.target\n"
	ctl := func(words ...string) []string { return append([]string{"systemctl", "--user"}, words...) }
	return Plan{File: filepath.Join(config, "systemd", "user", "kai.service"), Text: text, Commands: map[string][][]string{
		Install:   {ctl("daemon-reload"), ctl("enable", "kai.service")},
		Uninstall: {ctl("disable", "--now", "kai.service")},
		Start:     {ctl("start", "kai.service")},
		Stop:      {ctl("stop", "kai.service")},
	}}
}

// systemdWord quotes a word of ExecStart (systemd.service(5), "Command lines").
func systemdWord(word string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`, "\n", `\n`).Replace(word) + `"`
}

// launchd is an agent of the user's own session.
func (s Setup) launchd() Plan {
	var words strings.Builder
	for _, word := range append([]string{s.Program}, s.Args...) {
		words.WriteString("\t\t<string>" + escape(word) + "</string>\n")
	}
	text := `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>` + Label + `</string>
	<key>ProgramArguments</key>
	<array>
` + words.String() + `	</array>
	<key>RunAtLoad</key>
	<true/>
	<key>KeepAlive</key>
	<dict>
		<key>Crashed</key>
		<true/>
	</dict>
	<key>ExitTimeOut</key>
	<integer>20</integer>
	<key>Umask</key>
	<integer>63</integer>
</dict>
</plist>
`
	file := path.Join(filepath.ToSlash(s.Home), "Library/LaunchAgents", Label+".plist")
	domain := "gui/" + s.User
	load := []string{"launchctl", "bootstrap", domain, file}
	end := []string{"launchctl", "bootout", domain + "/" + Label}
	return Plan{File: filepath.FromSlash(file), Text: text, Commands: map[string][][]string{
		Install:   nil, // it is loaded at the next sign-in; Start loads it now
		Uninstall: {end},
		Start:     {load},
		Stop:      {end},
	}}
}

// scheduler is a task that starts when the user signs in: a Windows service would run as another user, who has neither
// this one's records nor browsers.
func (s Setup) scheduler() Plan {
	words := make([]string, 0, len(s.Args))
	for _, word := range s.Args {
		words = append(words, windowsWord(word))
	}
	text := `<?xml version="1.0" encoding="UTF-8"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>kAI, your own assistant</Description></RegistrationInfo>
  <Triggers><LogonTrigger><UserId>` + escape(s.User) + `</UserId></LogonTrigger></Triggers>
  <Principals><Principal id="Author"><UserId>` + escape(s.User) + `</UserId><LogonType>InteractiveToken</LogonType></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>3</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author"><Exec><Command>` + escape(s.Program) + `</Command><Arguments>` + escape(strings.Join(words, " ")) + `</Arguments></Exec></Actions>
</Task>
`
	file := s.Home + `\AppData\Local\kAI\kai-task.xml`
	tasks := func(words ...string) []string { return append([]string{"schtasks"}, words...) }
	return Plan{File: file, Text: text, Commands: map[string][][]string{
		Install:   {tasks("/Create", "/TN", "kAI", "/XML", file, "/F")},
		Uninstall: {tasks("/Delete", "/TN", "kAI", "/F")},
		Start:     {tasks("/Run", "/TN", "kAI")},
		Stop:      nil, // schtasks would kill it; kai is asked to stop
	}}
}

// windowsWord quotes an argument the way that Windows programs take it apart (CommandLineToArgvW).
func windowsWord(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\"") {
		return word
	}
	var b strings.Builder
	slashes := 0
	b.WriteByte('"')
	for _, r := range word {
		switch r {
		case '\\':
			slashes++
			continue
		case '"':
			b.WriteString(strings.Repeat(`\`, 2*slashes+1))
		default:
			b.WriteString(strings.Repeat(`\`, slashes))
		}
		slashes = 0
		b.WriteRune(r)
	}
	b.WriteString(strings.Repeat(`\`, 2*slashes) + `"`)
	return b.String()
}

// escape writes text for XML.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(text)
}
