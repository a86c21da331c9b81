package assistant

import (
	"context"

	"github.com/kindos/kai/shared/service"
)

// Connected lists the services that the person connected, of every category, with their keys as they are kept. It is for parts of this process
// that ask services themselves; views get Snapshot.Services, without keys.
func (a *Assistant) Connected(ctx context.Context) ([]service.Spec, error) {
	kept, err := a.services(ctx)
	out := make([]service.Spec, len(kept))
	for i, s := range kept {
		out[i] = s.Body.Spec
	}
	return out, err
}
