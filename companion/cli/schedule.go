package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/queue"
)

// shownPrompt is how much of a question a list shows, in characters.
const shownPrompt = 60

func (c *commands) scheduleCommand() *cobra.Command {
	f := &taskFlags{}
	cmd := &cobra.Command{
		Use: "schedule", Short: "Have kai ask something, or make a backup, at set times", GroupID: groupUse, Args: atMost(0),
		Long: `Has a running kai do something at set times. Each time of a prompt makes a new conversation with the answer of the
connected model; it is there like any other.

Times are five fields as cron has them: minute, hour, day of month, month, day of week, by the clock of this computer. * is
every, 1-5 a range, 1,15 a list, */10 every tenth; also @hourly, @daily, @weekly, @monthly. On the night when clocks go
forward, a time that is left out comes right after; when they go back, a time comes once. kai reads the time zone when it
starts.

Times that were missed while kai was off are made up for once, when it starts. While one time's task is not ended, the
next time is left out. When the model server is away, kai tries again for two hours; kai tasks dead tells what was given
up. While its key is in a locked vault, a prompt waits for you. kai service install has kai started whenever you sign in,
so that the times are kept.`,
		Example: `  kai schedule add "0 8 * * *" "Summarise what I should know about my plants today"
  kai schedule add "30 18 * * 1-5" "Three questions to end the working day with" --name evening
  kai schedule backup "0 2 * * *" --keep 14
  kai schedule list
  kai schedule run evening
  kai schedule remove evening`,
		RunE: help,
	}
	cmd.PersistentFlags().BoolVar(&f.asJSON, "json", false, "print JSON")
	cmd.AddCommand(c.scheduleAdd(f), c.scheduleBackup(f), c.scheduleList(f), c.scheduleRemove(), c.scheduleRun(f))
	return cmd
}

func (c *commands) scheduleAdd(f *taskFlags) *cobra.Command {
	var prompt chores.Prompt
	var name string
	cmd := &cobra.Command{
		Use: "add WHEN PROMPT", Short: "Ask something at set times", Args: between(2, 2, `times and a question: kai schedule add "0 8 * * *" "Summarise …"`),
		Long: `Asks PROMPT at the times of WHEN, each time in a new conversation. Without --service and --model the defaults of the
settings answer. A schedule of the same --name is replaced.`,
		Example: `  kai schedule add "0 8 * * *" "Summarise what I should know about my plants today"
  kai schedule add @weekly "Suggest a walk for Sunday" --name walk --service Ollama --model llama3.2`,
		RunE: func(cmd *cobra.Command, args []string) error {
			prompt.Text = args[1]
			return c.addSchedule(cmd.Context(), f, app.NewSchedule{Name: name, When: args[0], Prompt: &prompt})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "what to call it: `NAME`, of small letters, digits and -")
	cmd.Flags().StringVar(&prompt.Service, "service", "", "who answers: the `NAME` of a connected model server")
	cmd.Flags().StringVar(&prompt.Model, "model", "", "which of its models: `MODEL`")
	return cmd
}

func (c *commands) scheduleBackup(f *taskFlags) *cobra.Command {
	var body chores.Backup
	var name string
	cmd := &cobra.Command{
		Use: "backup WHEN", Short: "Make a backup of the records at set times", Args: between(1, 1, `times: kai schedule backup "0 2 * * *"`),
		Long:    "Makes a backup at the times of WHEN, as kai tasks backup does. A schedule of the same --name is replaced.",
		Example: "  kai schedule backup \"0 2 * * *\" --keep 14\n  kai schedule backup @weekly --to /media/usb/kai --name usb",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.addSchedule(cmd.Context(), f, app.NewSchedule{Name: name, When: args[0], Backup: &body})
		},
	}
	cmd.Flags().StringVar(&name, "name", chores.KindBackup, "what to call it: `NAME`, of small letters, digits and -")
	backupFlags(cmd, &body)
	return cmd
}

func (c *commands) addSchedule(ctx context.Context, f *taskFlags, in app.NewSchedule) error {
	var s queue.Schedule
	if err := c.askKai(ctx, app.MethodSchedulesAdd, in, &s); err != nil {
		return err
	}
	if f.asJSON {
		return c.printJSON(s)
	}
	c.print("%s comes next at %s.\n", s.Name, clock(s.Next))
	return nil
}

func (c *commands) scheduleList(f *taskFlags) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the schedules with their next times", Args: atMost(0), Example: "  kai schedule list",
		Long: "Lists what is done at set times, when it comes next, and the task of the last time (kai tasks show).",
		RunE: func(cmd *cobra.Command, _ []string) error {
			planned := []queue.Schedule{}
			if err := c.askKai(cmd.Context(), app.MethodSchedulesList, nil, &planned); err != nil {
				return err
			}
			if f.asJSON {
				return c.printJSON(planned)
			}
			return c.printSchedules(planned)
		},
	}
}

func (c *commands) printSchedules(planned []queue.Schedule) error {
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	for _, s := range planned {
		last := "never yet"
		if s.Task != 0 {
			last = fmt.Sprintf("last: task %d", s.Task)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\tnext: %s\t%s\t%s\n", s.Name, s.When, clock(s.Next), last, planText(s))
	}
	return w.Flush()
}

// planText is what a schedule does, in short.
func planText(s queue.Schedule) string {
	var p chores.Prompt
	if s.Kind != chores.KindPrompt || json.Unmarshal(s.Body, &p) != nil {
		return s.Kind
	}
	text := []rune(strings.Join(strings.Fields(p.Text), " "))
	if len(text) > shownPrompt {
		text = append(text[:shownPrompt-1], '…')
	}
	return string(text)
}

func (c *commands) scheduleRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Do something at set times no more", Args: between(1, 1, "a name that kai schedule list prints"), Example: "  kai schedule remove evening",
		Long: "Removes a schedule. Conversations and backups that it made stay. The retention is planned again when kai starts.",
		RunE: func(cmd *cobra.Command, args []string) error {
			err := c.askKai(cmd.Context(), app.MethodSchedulesRemove, app.ScheduleName{Name: args[0]}, nil)
			if err == nil {
				c.print("%s is removed.\n", args[0])
			}
			return err
		},
	}
}

func (c *commands) scheduleRun(f *taskFlags) *cobra.Command {
	return &cobra.Command{
		Use: "run NAME", Short: "Do it now, besides its times", Args: between(1, 1, "a name that kai schedule list prints"), Example: "  kai schedule run evening",
		Long: "Adds the task of a schedule now; its times stay as they are.",
		RunE: func(cmd *cobra.Command, args []string) error {
			var t queue.Task
			err := c.askKai(cmd.Context(), app.MethodSchedulesRun, app.ScheduleName{Name: args[0]}, &t)
			switch {
			case err != nil:
				return err
			case f.asJSON:
				return c.printJSON(t)
			}
			c.print("%s is being done: kai tasks show %d tells how it goes.\n", args[0], t.ID)
			return nil
		},
	}
}
