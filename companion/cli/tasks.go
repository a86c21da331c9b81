package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
)

// listedTasks is how many tasks are listed unless more are asked for.
const listedTasks = 50

// moments is how times are written for people: of the clock on the wall.
const moments = "2006-01-02 15:04:05"

// taskFlags are the flags that kai tasks and kai schedule share.
type taskFlags struct{ asJSON bool }

func (c *commands) tasksCommand() *cobra.Command {
	f := &taskFlags{}
	cmd := &cobra.Command{
		Use: "tasks", Short: "See, repeat and cancel the work that kai does by itself", GroupID: groupInside, Args: atMost(0),
		Long: `Shows the work that a running kai does by itself: backups, prompts at set times (kai schedule), pictures, summaries of
conversations, the reading of documents, and the retention, which removes every night what nobody needs any more: tasks
that ended 30 days ago, those given up 90 days ago, and backups beyond what their schedule keeps.

A task waits, runs, and is done. One that fails is tried again, after longer and longer pauses; when nothing helps it is
given up (dead) and stays for you to see why. Tasks are kept in tasks.db in the data directory: one that kai ended in the
middle of, even killed, begins anew.`,
		Example: `  kai tasks list
  kai tasks list --state waiting
  kai tasks dead
  kai tasks show 12
  kai tasks retry 12
  kai tasks backup --keep 3`,
		RunE: help,
	}
	cmd.PersistentFlags().BoolVar(&f.asJSON, "json", false, "print JSON")
	cmd.AddCommand(c.tasksList(f), c.tasksDead(f), c.tasksShow(f), c.tasksRetry(f), c.tasksCancel(f), c.tasksBackup(f))
	return cmd
}

func (c *commands) tasksList(f *taskFlags) *cobra.Command {
	filter := queue.Filter{Limit: listedTasks}
	var state string
	cmd := &cobra.Command{
		Use: "list", Short: "List tasks, the newest first", Args: atMost(0),
		Long:    "Lists the newest tasks with their state. States are waiting, running, done, dead and canceled.",
		Example: "  kai tasks list\n  kai tasks list --state waiting --kind prompt\n  kai tasks list --json | jq '.[].id'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			filter.State = queue.State(state)
			return c.listTasks(cmd.Context(), f, app.MethodTasksList, filter)
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "only tasks of this `STATE`")
	cmd.Flags().StringVar(&filter.Kind, "kind", "", "only tasks of this `KIND`: backup, embed, image, ingest, prompt, retention, summarise, telemetry or update")
	cmd.Flags().IntVar(&filter.Limit, "limit", listedTasks, "at most `N` tasks, up to 1000")
	cmd.Flags().Int64Var(&filter.Before, "before", 0, "only tasks before the one of this `ID`, to read on")
	_ = cmd.RegisterFlagCompletionFunc("state", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) { // the flag exists
		var out []string
		for _, s := range queue.States() {
			out = append(out, string(s))
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

func (c *commands) tasksDead(f *taskFlags) *cobra.Command {
	return &cobra.Command{
		Use: "dead", Short: "List the tasks that were given up, with the reason", Args: atMost(0), Example: "  kai tasks dead",
		Long: "Lists the tasks that were given up, and what went wrong at the last try. kai tasks retry does one again; kai removes them\nafter 90 days.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.listTasks(cmd.Context(), f, app.MethodTasksDead, queue.Filter{})
		},
	}
}

func (c *commands) listTasks(ctx context.Context, f *taskFlags, method string, filter queue.Filter) error {
	tasks := []queue.Task{}
	if err := c.askKai(ctx, method, filter, &tasks); err != nil {
		return err
	}
	switch {
	case f.asJSON:
		return c.printJSON(tasks)
	case len(tasks) == 0:
		c.print("There are no such tasks.\n")
		return nil
	}
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	for _, t := range tasks {
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", t.ID, t.Kind, t.State, at(t), strings.TrimSpace(t.Schedule+"  "+how(t)))
	}
	return w.Flush()
}

// at is the time that matters of a task in its state.
func at(t queue.Task) string {
	switch t.State {
	case queue.Waiting:
		return "from " + clock(t.Due)
	case queue.Running:
		return "since " + clock(t.Begun)
	default:
		return clock(t.Ended)
	}
}

// clock is a time on the wall here.
func clock(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format(moments)
}

// how tells in words how a task goes, or went wrong.
func how(t queue.Task) string {
	switch {
	case t.State == queue.Running && t.Canceled:
		return "is being canceled"
	case t.Progress != nil && t.Progress.Total > 0:
		return fmt.Sprintf("%s, %d of %d", t.Progress.What, t.Progress.Done, t.Progress.Total)
	case t.Progress != nil:
		return fmt.Sprintf("%s, %d", t.Progress.What, t.Progress.Done)
	case t.Fault != nil && t.Fault.Code == fault.Locked && t.State == queue.Waiting:
		return "waits: " + sentence(t.Fault)
	case t.Fault != nil && t.State == queue.Waiting:
		return fmt.Sprintf("try %d of %d failed: %s", t.Tries, t.MaxTries, sentence(t.Fault))
	case t.Fault != nil:
		return sentence(t.Fault)
	}
	return ""
}

func (c *commands) tasksShow(f *taskFlags) *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show a task whole", Args: between(1, 1, "the number that kai tasks list prints"), Example: "  kai tasks show 12\n  kai tasks show 12 --json | jq .note",
		Long: "Shows everything about a task: what it is to do, how often it was tried, what went wrong, and what came out.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.oneTask(cmd, f, app.MethodTasksShow, args[0], "")
		},
	}
}

func (c *commands) tasksRetry(f *taskFlags) *cobra.Command {
	return &cobra.Command{
		Use: "retry ID", Short: "Do a task again, or now", Args: between(1, 1, "the number that kai tasks list prints"), Example: "  kai tasks retry 12",
		Long: "Has a task that was given up or canceled done again, with all its tries; one that waits is done now.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.oneTask(cmd, f, app.MethodTasksRetry, args[0], "Task %d is tried again.\n")
		},
	}
}

func (c *commands) tasksCancel(f *taskFlags) *cobra.Command {
	return &cobra.Command{
		Use: "cancel ID", Short: "Cancel a task that waits or runs", Args: between(1, 1, "the number that kai tasks list prints"), Example: "  kai tasks cancel 12",
		Long: "Cancels a task that waits, and tells a running one to end. What it did until then stays.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.oneTask(cmd, f, app.MethodTasksCancel, args[0], "Task %d is canceled.\n")
		},
	}
}

// oneTask asks for one task, and tells of it: with words of its own, or whole.
func (c *commands) oneTask(cmd *cobra.Command, f *taskFlags, method, number, words string) error {
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return wrongUsage(cmd, fmt.Sprintf("%q is not the number of a task", number))
	}
	var t queue.Task
	if err := c.askKai(cmd.Context(), method, app.TaskID{ID: id}, &t); err != nil {
		return err
	}
	switch {
	case f.asJSON:
		return c.printJSON(t)
	case t.State == queue.Running && t.Canceled:
		c.print("Task %d was told to end.\n", t.ID)
		return nil
	case words != "":
		c.print(words, t.ID)
		return nil
	}
	c.printTask(t)
	return nil
}

// printTask tells everything about a task.
func (c *commands) printTask(t queue.Task) {
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	row := func(name, text string) {
		if text != "" {
			_, _ = fmt.Fprintf(w, "%s\t%s\n", name, text)
		}
	}
	row("task", strconv.FormatInt(t.ID, 10))
	row("kind", t.Kind)
	row("schedule", t.Schedule)
	row("state", string(t.State))
	row("", how(t))
	row("tries", fmt.Sprintf("%d of %d", t.Tries, t.MaxTries))
	row("added", clock(t.Created))
	for _, r := range []struct {
		name string
		when time.Time
		told bool
	}{{"due", t.Due, t.State == queue.Waiting}, {"begun", t.Begun, true}, {"ended", t.Ended, true}} {
		if r.told && !r.when.IsZero() {
			row(r.name, clock(r.when))
		}
	}
	row("what", flat(t.Body))
	row("result", flat(t.Note))
	_ = w.Flush() // nobody reads it: nothing to be done
}

// flat is an object's fields in words.
func flat(object json.RawMessage) string {
	var fields map[string]any
	if json.Unmarshal(object, &fields) != nil || len(fields) == 0 {
		return ""
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return ""
	}
	return string(text)
}

func (c *commands) tasksBackup(f *taskFlags) *cobra.Command {
	var body chores.Backup
	cmd := &cobra.Command{
		Use: "backup", Short: "Have the running kai make a backup of its records now", Args: atMost(0),
		Long: `Adds a task that copies the records and blobs while kai runs, and opens the copy to compare it. The backup is in the folder
backups of the data directory, or in --to; kai store restore takes it. The newest ones are kept, older ones that tasks
made in that folder are removed. kai schedule backup does it at set times.`,
		Example: "  kai tasks backup\n  kai tasks backup --keep 3 --to /media/usb/kai",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var t queue.Task
			err := c.askKai(cmd.Context(), app.MethodTasksBackup, body, &t)
			switch {
			case err != nil:
				return err
			case f.asJSON:
				return c.printJSON(t)
			}
			c.print("A backup is being made: kai tasks show %d tells how far it is.\n", t.ID)
			return nil
		},
	}
	backupFlags(cmd, &body)
	return cmd
}

// backupFlags are those that say how backups are made.
func backupFlags(cmd *cobra.Command, body *chores.Backup) {
	cmd.Flags().IntVar(&body.Keep, "keep", chores.DefaultKeep, "keep the newest `N` backups in the folder")
	cmd.Flags().StringVar(&body.Folder, "to", "", "make it in this `FOLDER`, which is there already")
	before := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if cmd.Flags().Changed("keep") && body.Keep == 0 {
			return fault.New(fault.Invalid, "no backup would be kept").WithField("--keep").WithRemedy("write for example 7")
		}
		return before(cmd, args)
	}
}
