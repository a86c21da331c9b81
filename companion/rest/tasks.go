package rest

import (
	"context"
	"net/http"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/companion/queue"
)

type taskPage struct {
	State  queue.State `query:"state" doc:"Only tasks of this state." enum:"waiting,running,done,dead,canceled"`
	Kind   string      `query:"kind" doc:"Only tasks of this kind, such as prompt or backup." maxLength:"64"`
	Before int64       `query:"before" doc:"next of the page before." minimum:"0"`
	Limit  int         `query:"limit" doc:"How many at most." minimum:"1" maximum:"500" default:"50"`
}

// listed is a page of tasks.
type listed struct {
	Tasks []queue.Task `json:"tasks"`
	Next  int64        `json:"next,omitempty" doc:"What to send as before for the next page; left out on the last one."`
}

type byNumber struct {
	ID int64 `path:"id" doc:"Its number." minimum:"1"`
}

// tasks registers the work that kai does by itself, from the queue itself: the assistant has no part in it.
func (a area) tasks(open func() (queue.Queue, error)) {
	const tag = "Tasks"
	openapi.Handle(a.doc, operation(tag, "listTasks", http.MethodGet, "/tasks", "List tasks, newest first, without their bodies and notes"),
		func(ctx context.Context, in *taskPage) (*reply[listed], error) {
			q, err := open()
			if err != nil {
				return nil, err
			}
			page, err := in.page(ctx, q)
			return &reply[listed]{page}, err
		})
	one := func(id, method, path, summary string, do func(queue.Queue, context.Context, int64) (queue.Task, error)) {
		openapi.Handle(a.doc, operation(tag, id, method, "/tasks/{id}"+path, summary),
			func(ctx context.Context, in *byNumber) (*reply[queue.Task], error) {
				q, err := open()
				if err != nil {
					return nil, err
				}
				task, err := do(q, ctx, in.ID)
				return &reply[queue.Task]{task}, err
			})
	}
	one("getTask", http.MethodGet, "", "Read a task whole", queue.Queue.Get)
	one("retryTask", http.MethodPost, "/retry", "Do a task again that was given up or canceled, or now one that waits", queue.Queue.Retry)
	one("cancelTask", http.MethodPost, "/cancel", "Cancel a task that waits, or tell a running one to end", queue.Queue.Cancel)
}

// page asks for one task more than wanted: whether there is one is whether there is a next page.
func (in *taskPage) page(ctx context.Context, q queue.Queue) (listed, error) {
	tasks, err := q.List(ctx, queue.Filter{State: in.State, Kind: in.Kind, Before: in.Before, Limit: in.Limit + 1})
	if err != nil {
		return listed{}, err
	}
	out := listed{Tasks: queue.Brief(tasks)}
	if len(tasks) > in.Limit {
		out.Tasks = out.Tasks[:in.Limit]
		out.Next = out.Tasks[in.Limit-1].ID
	}
	return out, nil
}
