package cli

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/mcpservers"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

func (c *commands) mcpCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "mcp", Short: "Let models call the tools of MCP servers", GroupID: groupSet, Args: atMost(0),
		Long: `Has kai bring the tools of servers of the Model Context Protocol: programs of this computer that speak it over standard
input and output, and addresses that speak it over HTTP. A running kai takes up what is added at once.

A tool is off until you turn it on in the settings of the web app or the extension (Tools), and each call asks you unless
you chose otherwise. A program that you add runs as you, with all that you may do: add what you trust.`,
		Example: `  kai mcp add files -- npx -y @modelcontextprotocol/server-filesystem ~/Documents
  kai mcp add wiki --url https://example.org/mcp --header Authorization=vault:wiki
  kai mcp test files`,
		RunE: help,
	}
	cmd.AddCommand(c.mcpAdd(), c.mcpList(), c.mcpTest(), c.mcpRemove())
	return cmd
}

func (c *commands) mcpAdd() *cobra.Command {
	var one mcpservers.Server
	var env, headers []string
	cmd := &cobra.Command{
		Use: "add NAME [-- COMMAND ARGUMENT...]", Short: "Add a server", Args: between(1, 100, "a name, and -- with a command or --url"),
		Long: `Adds a server. Its tools are called NAME_tool. Write values that are secret as vault:ID and keep them with kai vault add:
they are looked up when the server is started or called. A program does not get kai's own variables (KAI_...).`,
		Example: "  kai mcp add files -- npx -y @modelcontextprotocol/server-filesystem ~/Documents\n" +
			"  kai mcp add wiki --url https://example.org/mcp --header Authorization=vault:wiki",
		RunE: func(_ *cobra.Command, args []string) error {
			one.Name = args[0]
			if len(args) > 1 {
				one.Command, one.Args = args[1], args[2:]
			}
			var err error
			if one.Env, err = pairs("--env", env); err != nil {
				return err
			}
			if one.Headers, err = pairs("--header", headers); err != nil {
				return err
			}
			dir, err := c.dir()
			if err != nil {
				return err
			}
			if err := mcpservers.BookIn(dir).Add(one); err != nil {
				return err
			}
			c.print("%s is added. Turn its tools on in the settings, under Tools; kai mcp test %s shows them.\n", one.Name, one.Name)
			return nil
		},
	}
	cmd.Flags().StringVar(&one.URL, "url", "", "the `ADDRESS` of a server that speaks HTTP")
	cmd.Flags().StringArrayVar(&env, "env", nil, "a variable of the program, `NAME=VALUE`")
	cmd.Flags().StringArrayVar(&headers, "header", nil, "a header of the requests, `NAME=VALUE`")
	return cmd
}

// pairs reads NAME=VALUE.
func pairs(flag string, all []string) (map[string]string, error) {
	var out map[string]string
	for _, one := range all {
		name, value, ok := strings.Cut(one, "=")
		if !ok || name == "" || strings.ContainsAny(name, " \r\n\x00") || strings.ContainsAny(value, "\r\n\x00") {
			return nil, usage(flag+" wants NAME=VALUE", "kai mcp add")
		}
		if out == nil {
			out = map[string]string{}
		}
		out[name] = value
	}
	return out, nil
}

func (c *commands) mcpList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Show the servers", Args: atMost(0), Example: "  kai mcp list",
		Long: "Shows each server with what is started or called, and the names of its variables or headers; never their values.",
		RunE: func(*cobra.Command, []string) error {
			dir, err := c.dir()
			if err != nil {
				return err
			}
			all, err := mcpservers.BookIn(dir).All()
			if err != nil {
				return err
			}
			if len(all) == 0 {
				c.print("There is no MCP server. kai mcp --help tells how to add one.\n")
				return nil
			}
			table := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
			for _, s := range all {
				names := slices.Sorted(maps.Keys(s.Env))
				names = append(names, slices.Sorted(maps.Keys(s.Headers))...)
				line := s.Name + "\t" + s.At()
				if len(names) > 0 {
					line += "\twith " + strings.Join(names, ", ")
				}
				_, _ = table.Write([]byte(line + "\n"))
			}
			return table.Flush()
		},
	}
}

func (c *commands) mcpTest() *cobra.Command {
	return &cobra.Command{
		Use: "test NAME", Short: "Start a server and show its tools", Args: between(1, 1, "the name of a server"), Example: "  kai mcp test files",
		Long: "Starts or calls a server by itself, beside a running kai, shows its tools, and ends it again.",
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := c.dir()
			if err != nil {
				return err
			}
			servers := mcpservers.New(mcpservers.Options{Book: mcpservers.BookIn(dir), Vault: closed{}, Version: c.Version, Log: slog.New(slog.DiscardHandler), Now: time.Now})
			defer servers.Close()
			list, err := servers.ListOf(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			for _, d := range list.Tools {
				c.print("%s\n", d.Name)
				if d.Description != "" {
					c.print("  %s\n", strings.ReplaceAll(strings.TrimSpace(d.Description), "\n", "\n  "))
				}
			}
			for _, wrong := range list.Faults {
				c.print("%s\n", wrong)
			}
			if len(list.Tools) == 0 && len(list.Faults) == 0 {
				c.print("It has no tools.\n")
			}
			return nil
		},
	}
}

// closed is a vault that a command does not open.
type closed struct{}

// Secret says where the secret can be had.
func (closed) Secret(_ context.Context, id string) (config.Secret, error) {
	return "", fault.New(fault.Locked, "this server wants vault:%s, which this command does not open", id).
		WithRemedy("the running kai opens it: look at the server in the settings, under Tools")
}

func (c *commands) mcpRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Remove a server", Args: between(1, 1, "the name of a server"), Example: "  kai mcp remove files",
		Long: "Removes a server from the list. A running kai ends it at once, and models are offered its tools no more.",
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := c.dir()
			if err != nil {
				return err
			}
			if err := mcpservers.BookIn(dir).Remove(args[0]); err != nil {
				return err
			}
			c.print("%s is removed.\n", args[0])
			return nil
		},
	}
}
