// Command pocketbase is PocketBase, as its users build it, with one command more: fill, which loads messages for the
// measurements. It is a module of its own, so that PocketBase is nowhere in kai.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"
)

func main() {
	app := pocketbase.New()
	fill := &cobra.Command{
		Use: "fill COUNT", Short: "Load so many messages of 1 KB, 20 to a conversation", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var count int
			if _, err := fmt.Sscan(args[0], &count); err != nil {
				return fmt.Errorf("read COUNT: %w", err)
			}
			return load(app, count)
		},
	}
	app.RootCmd.AddCommand(fill)
	if err := app.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "pocketbase:", err)
		os.Exit(1)
	}
}

// load makes the collection and writes its rows by SQL, which is the fast way there.
func load(app core.App, count int) error {
	messages := core.NewBaseCollection("messages")
	messages.Fields.Add(&core.TextField{Name: "conversation", Required: true}, &core.TextField{Name: "text", Max: 10_000})
	messages.AddIndex("messages_conversation", false, "conversation", "")
	if err := app.Save(messages); err != nil {
		return fmt.Errorf("make the collection: %w", err)
	}
	return app.RunInTransaction(func(tx core.App) error {
		text := strings.Repeat("memory engine window answer little garden yellow reason ", 20)[:880]
		for i := range count {
			row := dbx.Params{"id": fmt.Sprintf("m%014d", i), "conversation": fmt.Sprintf("c%014d", i/20), "text": text}
			if _, err := tx.DB().Insert("messages", row).Execute(); err != nil {
				return fmt.Errorf("insert message %d: %w", i, err)
			}
		}
		return nil
	})
}
