package cli

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/shared/fault"
)

// atMost takes up to n words after a command, and says of the next one what is wrong with it.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		word := args[n]
		cmd.SuggestionsMinimumDistance = 2
		switch near := cmd.SuggestionsFor(word); {
		case !cmd.HasAvailableSubCommands():
			return wrongUsage(cmd, fmt.Sprintf("%s takes no %q", cmd.CommandPath(), word))
		case len(near) > 0:
			return fault.New(fault.Invalid, "there is no %s %s", cmd.CommandPath(), word).WithRemedy("did you mean %s %s?", cmd.CommandPath(), near[0])
		default:
			return wrongUsage(cmd, fmt.Sprintf("there is no %s %s", cmd.CommandPath(), word))
		}
	}
}

// between takes at least and at most so many words; what names the first that is missing.
func between(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least {
			return wrongUsage(cmd, cmd.CommandPath()+" needs "+what)
		}
		return atMost(most)(cmd, args)
	}
}

// wrongUsage is a wrong command line, with the help that tells the right one.
func wrongUsage(cmd *cobra.Command, message string) error {
	return usage(message, cmd.CommandPath())
}

// flagError puts cobra's words about a flag into ours.
func flagError(cmd *cobra.Command, err error) error {
	text := err.Error()
	if bad := regexp.MustCompile(`^invalid argument "(.*)" for "(.*)" flag: strconv\.ParseBool`).FindStringSubmatch(text); bad != nil {
		return wrongUsage(cmd, fmt.Sprintf("%s: %q does not fit; write true or false", flagName(bad[2]), bad[1]))
	}
	if flag, ok := strings.CutPrefix(text, "unknown flag: "); ok {
		return wrongUsage(cmd, "there is no flag "+flag)
	}
	return wrongUsage(cmd, text)
}

// flagName takes the long name of a flag out of "-v, --verbose".
func flagName(names string) string { return names[strings.LastIndex(names, " ")+1:] }

// help tells about a command that only holds others.
func help(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// strict makes the commands that cobra adds itself refuse what they do not know.
func strict(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "completion":
			cmd.Args, cmd.RunE = atMost(0), help
			for _, shell := range cmd.Commands() {
				shell.Args = atMost(0)
			}
		case "help":
			cmd.Run = nil
			cmd.RunE = func(_ *cobra.Command, args []string) error { return helpAbout(root, args) }
		}
	}
}

// helpAbout tells about the command of that name.
func helpAbout(root *cobra.Command, args []string) error {
	cmd, rest, err := root.Find(args)
	if err != nil || len(rest) > 0 {
		return wrongUsage(root, fmt.Sprintf("there is no kai %s", strings.Join(args, " ")))
	}
	return cmd.Help()
}
