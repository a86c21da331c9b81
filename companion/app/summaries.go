package app

import (
	"context"

	"github.com/kindos/kai/companion/summaries"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
)

const summariesFolder = "summaries"

// openSummaries prepares the writing of summaries. The queue, which does it, starts later.
func (a *App) openSummaries() {
	a.summaries = summaries.New(summaries.Options{
		Dir: a.opt.Dir.File(summariesFolder), Queue: a.tasks, Gateway: a.gateway, Now: a.opt.Now, Spec: a.connected,
		Keep: func(ctx context.Context, conversation, id string, end assistant.SummaryEnd) error {
			_, err := a.assistant.KeepSummary(ctx, conversation, id, end)
			return err
		},
	})
	if err := a.summaries.Sweep(); err != nil {
		a.log("summaries").Warn("old summaries that nobody fetched are still kept", "error", err)
	}
}

// sumsUp is what writes summaries for kai's own conversations; nil without a queue: the assistant does it then.
func (a *App) sumsUp() run.Caller {
	if a.queue == nil {
		return nil
	}
	return a.summaries.Own()
}

// connected is a service that the person connected to this kai.
func (a *App) connected(ctx context.Context, id string) (service.Spec, error) {
	all, err := a.assistant.Connected(ctx)
	for _, s := range all {
		if s.ID == id {
			return s, nil
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "the model server is not connected any more").WithField("service").WithRemedy("sum up again with another one")
	}
	return service.Spec{}, err
}
