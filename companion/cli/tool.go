package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/sandbox"
	"github.com/kindos/kai/shared/fault"
)

func (c *commands) toolCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "tool", Short: "Make and install tools that models may call", GroupID: groupSet, Args: atMost(0),
		Long: `Guest tools are small programs of WebAssembly (wasip1) that models may call. One reads a JSON object from standard input,
writes what it has to say to standard output, and ends with 0; what goes wrong it writes to standard error and ends with another
number. It has no files, no network, no environment, and limits of memory and time. A manifest, tool.json, says what it is
called and what it does, and may ask for the clock or for chance.

A tool is off until you turn it on in the settings of the web app or the extension (Tools).`,
		Example: `  kai tool new words         a folder with a manifest and a program in Go to begin with
  kai tool build words       needs Go
  kai tool test words '{"text": "one two"}'
  kai tool install words`,
		RunE: help,
	}
	cmd.AddCommand(c.toolNew(), c.toolBuild(), c.toolTest(), c.toolInstall(), c.toolList(), c.toolRemove())
	return cmd
}

const newManifest = `{
  "name": "NAME",
  "description": "Count the words of a text.",
  "parameters": {
    "type": "object",
    "properties": {"text": {"type": "string", "description": "the text"}},
    "required": ["text"]
  },
  "memory_mb": 64,
  "seconds": 10,
  "capabilities": []
}
`

const newProgram = `// Command NAME is a guest tool of kAI: JSON in, text out.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

func main() {
	var in struct{ Text string }
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		fmt.Fprintln(os.Stderr, "read the arguments:", err)
		os.Exit(1)
	}
	fmt.Println(len(strings.Fields(in.Text)), "words")
}
`

func (c *commands) toolNew() *cobra.Command {
	return &cobra.Command{
		Use: "new NAME", Short: "Make a folder to begin with", Args: between(1, 1, "a name for the tool"), Example: "  kai tool new words",
		Long: "Makes the folder NAME here, with a manifest and a small program in Go. Any language that builds commands for wasip1 will do.",
		RunE: func(_ *cobra.Command, args []string) error {
			name := args[0]
			files := map[string]string{sandbox.ManifestFile: newManifest, "main.go": newProgram, "go.mod": "module NAME\n\ngo 1.22\n"}
			manifest := strings.ReplaceAll(newManifest, "NAME", name)
			if _, err := sandbox.ParseManifest([]byte(manifest)); err != nil {
				return err
			}
			if err := os.Mkdir(name, 0o755); err != nil { //nolint:gosec // the person's own work
				if errors.Is(err, fs.ErrExist) {
					return fault.Wrap(fault.Conflict, err, "there is a "+name+" here already").WithRemedy("choose another name")
				}
				return err
			}
			for file, text := range files {
				if err := os.WriteFile(filepath.Join(name, file), []byte(strings.ReplaceAll(text, "NAME", name)), 0o644); err != nil { //nolint:gosec // the person's own work
					return err
				}
			}
			c.print("%s is made. Next: kai tool build %s\n", name, name)
			return nil
		},
	}
}

func (c *commands) toolBuild() *cobra.Command {
	return &cobra.Command{
		Use: "build FOLDER", Short: "Build a tool that is written in Go", Args: between(1, 1, "the folder of a tool"), Example: "  kai tool build words",
		Long: "Builds tool.wasm in the folder with the go command of this computer (GOOS=wasip1 GOARCH=wasm), and looks whether kai can run it.\nA tool in another language is built by its own compiler.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := sandbox.ReadManifest(args[0]); err != nil {
				return err
			}
			goes, err := exec.LookPath("go")
			if err != nil {
				return fault.Wrap(fault.Unavailable, err, "the go command is not there").WithRemedy("get Go from https://go.dev/dl")
			}
			build := exec.CommandContext(cmd.Context(), goes, "build", "-o", sandbox.ModuleFile, ".") //nolint:gosec // the person's own Go
			build.Dir, build.Stdout, build.Stderr = args[0], c.Stdout, c.Stderr
			build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
			if err := build.Run(); err != nil {
				return fault.Wrap(fault.Invalid, err, args[0]+" was not built").WithRemedy("correct what the go command says above")
			}
			guest, err := guestIn(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			_ = guest.Close(cmd.Context())
			c.print("%s is built. Next: kai tool test %s, kai tool install %s\n", guest.Name, args[0], args[0])
			return nil
		},
	}
}

// guestIn loads the guest of a folder.
func guestIn(ctx context.Context, path string) (*sandbox.Guest, error) {
	m, module, err := sandbox.Read(path)
	if err != nil {
		return nil, err
	}
	return sandbox.Load(ctx, m, module)
}

func (c *commands) toolTest() *cobra.Command {
	return &cobra.Command{
		Use: "test FOLDER [ARGUMENTS]", Short: "Call a tool as a model would", Args: between(1, 2, "the folder of a tool"),
		Example: `  kai tool test words '{"text": "one two"}'`,
		Long:    "Runs the tool of a folder once, with the limits of its manifest, on arguments as a JSON object ({} when left out), and prints\nwhat a model would be told.",
		RunE: func(cmd *cobra.Command, args []string) error {
			arguments := "{}"
			if len(args) == 2 {
				arguments = args[1]
			}
			if !json.Valid([]byte(arguments)) {
				return fault.New(fault.Invalid, "the arguments are not JSON").WithField("arguments").WithRemedy(`write them like '{"text": "one two"}'`)
			}
			guest, err := guestIn(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer func() { _ = guest.Close(context.WithoutCancel(cmd.Context())) }()
			text, err := guest.Call(cmd.Context(), arguments)
			if err == nil {
				c.print("%s\n", text)
			}
			return err
		},
	}
}

func (c *commands) toolInstall() *cobra.Command {
	return &cobra.Command{
		Use: "install FOLDER", Short: "Let models be offered a tool", Args: between(1, 1, "the folder of a tool"), Example: "  kai tool install words",
		Long: "Copies tool.json and tool.wasm of a folder into the data directory; one of that name is replaced. By installing it you grant\nwhat its manifest asks for. A running kai takes it up at once.",
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := c.dir()
			if err != nil {
				return err
			}
			m, err := sandbox.ShelfIn(dir).Install(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			c.print("%s is installed%s. Turn it on in the settings, under Tools.\n", m.Name, granted(m))
			return nil
		},
	}
}

// granted says what a guest is given beside its arguments.
func granted(m sandbox.Manifest) string {
	var all []string
	for _, one := range m.Capabilities {
		all = append(all, string(one))
	}
	if len(all) == 0 {
		return ""
	}
	return " and given: " + strings.Join(all, ", ")
}

func (c *commands) toolList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Show the installed tools", Args: atMost(0), Example: "  kai tool list",
		Long: "Shows the installed guest tools with what they do, their limits, and what they are given.",
		RunE: func(*cobra.Command, []string) error {
			dir, err := c.dir()
			if err != nil {
				return err
			}
			all, err := sandbox.ShelfIn(dir).All()
			if err != nil {
				return err
			}
			if len(all) == 0 {
				c.print("No guest tool is installed. kai tool --help tells how to make one.\n")
			}
			for _, one := range all {
				if one.Wrong != nil {
					c.print("%s\n  cannot be used: %s\n", one.Name, fault.Public(one.Wrong).Message)
					continue
				}
				m := one.Manifest
				c.print("%s\n  %s\n  %d MB, %d s%s\n", m.Name, m.Description, m.MemoryMB, m.Seconds, granted(m))
			}
			return nil
		},
	}
}

func (c *commands) toolRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Remove an installed tool", Args: between(1, 1, "the name of a tool"), Example: "  kai tool remove words",
		Long: "Removes an installed guest tool. The folder that it was installed from stays.",
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := c.dir()
			if err != nil {
				return err
			}
			if err := sandbox.ShelfIn(dir).Remove(args[0]); err != nil {
				return err
			}
			c.print("%s is removed.\n", args[0])
			return nil
		},
	}
}
