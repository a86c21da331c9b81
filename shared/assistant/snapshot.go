package assistant

import (
	"context"
	"sort"

	"github.com/kindos/kai/shared/service"
)

// snapshot is everything that a view needs to paint.
func (a *Assistant) snapshot(ctx context.Context, _ Empty) (Snapshot, error) {
	out := Snapshot{
		Version: a.deps.Version, Mode: a.deps.Mode, UIMode: a.deps.UIMode, Kinds: a.kinds(), Runs: a.going(),
		Config: a.deps.ConfigFault,
	}
	settings, err := a.settings(ctx)
	if err != nil {
		return out, err
	}
	out.Settings = settings.Body
	services, err := a.services(ctx)
	if err != nil {
		return out, err
	}
	out.Services = make([]ServiceView, len(services))
	for i, s := range services {
		out.Services[i] = a.view(s.Body)
	}
	page, err := a.listConversations(ctx, ListConversations{Limit: SnapshotRows})
	if err != nil {
		return out, err
	}
	out.Conversations, out.More = page.Conversations, page.Next != ""
	a.mu.Lock()
	out.Storage, out.Companion = a.storage, a.companion
	a.mu.Unlock()
	return out, nil
}

func (a *Assistant) kinds() []ServiceKind {
	out := make([]ServiceKind, len(a.deps.Kinds))
	for i, d := range a.deps.Kinds {
		out[i] = ServiceKind{Kind: d.Kind, Name: d.Name, DefaultURL: d.DefaultURL, Get: d.Get, Cloud: d.Cloud, Category: d.Category, Page: d.Page,
			Can: d.New(service.Spec{}, nil).Capabilities()}
	}
	return out
}

// going lists the runs that go on, oldest first.
func (a *Assistant) going() []RunRecord {
	out := []RunRecord{}
	for _, f := range a.followers() {
		if rec := f.record(); !rec.State.Ended() {
			out = append(out, rec)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}
