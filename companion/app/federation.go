package app

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/driver/standalone"
	"github.com/kindos/kai/companion/federation"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/protocol"
)

// The methods of the Kind Link Protocol on the local socket. Without features.federation they answer fault.Unavailable.
const (
	MethodKLPPeers  = "klp.peers"  // -> []federation.State
	MethodKLPReload = "klp.reload" // reads the book anew
	MethodKLPAsk    = "klp.ask"    // KLPQuestion -> KLPAnswer
	MethodKLPStatus = "klp.status" // -> KLPState; also without features.federation
)

// KLPState is whether others can come.
type KLPState struct {
	On        bool   `json:"on"`
	Address   string `json:"address,omitempty"` // where they do
	Reachable bool   `json:"reachable"`         // by other computers, unless something between is in the way
}

// KLPQuestion is a question for another kai.
type KLPQuestion struct {
	Peer   string `json:"peer"` // its name, its identity or its short form
	Prompt string `json:"prompt"`
}

// KLPAnswer is what it answered.
type KLPAnswer struct {
	Text string `json:"text"`
}

// listTime bounds the look at the models of one service.
const listTime = 5 * time.Second

// newFederation prepares the node; nil without features.federation.
func (a *App) newFederation() *federation.Node {
	if !a.opt.Config.Features.Federation {
		return nil
	}
	name, _ := os.Hostname() // a kai may go without
	return federation.New(federation.Options{
		Book: federation.BookIn(a.opt.Dir), Key: a.identity, Name: name, Version: a.opt.Version,
		Answer: a.answerPeer, State: a.federated, Now: a.opt.Now, Log: a.log("federation"),
	})
}

// federationParts is the step that dials other kai and lets them find this one; none without features.federation.
func (a *App) federationParts() []standalone.Part {
	if a.federation == nil {
		return nil
	}
	return []standalone.Part{{Step: driver.StepFederation, Start: a.openFederation, Stop: a.closeFederation, Tell: a.tellFederation}}
}

func (a *App) openFederation(ctx context.Context) error {
	if err := a.federation.Start(ctx); err != nil {
		return err
	}
	if a.alone() { // nobody could come
		return nil
	}
	me, err := IdentityIn(a.opt.Dir)
	if err != nil {
		return err
	}
	at, err := url.Parse(a.URL())
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		return err
	}
	beacon := federation.Beacon{ID: me.ID, Port: port, TLS: a.opt.TLS != nil, Bind: a.opt.Config.Networking.BindAddress, Log: a.log("federation")}
	a.beacon = begin(beacon.Run)
	return nil
}

func (a *App) closeFederation(context.Context) error {
	a.beacon.end()
	a.federation.Close()
	return nil
}

// alone says whether this kai is reached by this computer only.
func (a *App) alone() bool { return config.Loopback(a.opt.Config.Networking.BindAddress) }

// rejoin does what the book of federation says now, and tries those that are away.
func (a *App) rejoin() error {
	if a.federation == nil {
		return nil
	}
	return a.federation.Reload()
}

// tellFederation counts who is allowed and who is there, and says when nobody can come.
func (a *App) tellFederation() (string, bool) {
	all, err := a.federation.States()
	if err != nil {
		return standalone.Detail(err), true
	}
	there := 0
	for _, s := range all {
		if s.Connected {
			there++
		}
	}
	text := fmt.Sprintf("%d allowed, %d connected", len(all), there)
	if a.alone() {
		text += "; other computers cannot reach this kai, since networking.bindAddress is this computer alone, but it can dial them"
	}
	return text, false
}

// gate is the way in for other kai; nil without features.federation.
func (a *App) gate() api.Federation {
	if a.federation == nil {
		return nil
	}
	return gate{a}
}

// gate hands other kai from the server to the node.
type gate struct{ a *App }

// Card is who this kai is; its vault need not be open for that.
func (g gate) Card(endpoint string) (klp.Card, error) {
	me, err := IdentityIn(g.a.opt.Dir)
	if err != nil { // it names files, and a stranger asks
		g.a.log("federation").Error("this kai has no identity", "error", err)
		return klp.Card{}, fault.New(fault.Unavailable, "this kai cannot say who it is now")
	}
	return klp.CardOf(me.ID, endpoint), nil
}

// Serve answers one.
func (g gate) Serve(ctx context.Context, conn protocol.Conn, known func()) {
	g.a.federation.Serve(ctx, conn, known)
}

// federated is what this kai has, for those that may know.
func (a *App) federated(ctx context.Context) klp.State {
	state := klp.State{Health: string(a.Health(ctx).State), Hardware: klp.Hardware{CPU: runtime.NumCPU(), AI: klp.AI{Models: []string{}}}}
	if a.Locked() {
		state.Health = "locked"
		return state
	}
	services, err := a.assistant.Connected(ctx)
	if err != nil {
		return state
	}
	for _, s := range services {
		within, cancel := context.WithTimeout(ctx, listTime)
		models, err := a.gateway.Models(within, s)
		cancel()
		if err != nil {
			continue // it is away; what the others have is told
		}
		for _, m := range models {
			state.Hardware.AI.Models = append(state.Hardware.AI.Models, m.Name)
		}
	}
	slices.Sort(state.Hardware.AI.Models)
	state.Hardware.AI.Inference = len(state.Hardware.AI.Models) > 0
	return state
}

func (a *App) klpState(context.Context, *protocol.Request) (any, error) {
	if a.federation == nil {
		return KLPState{}, nil
	}
	address := "ws" + strings.TrimPrefix(a.URL(), "http") + api.KLPPath
	return KLPState{On: true, Address: address, Reachable: !a.alone()}, nil
}

// federationMethods answers the commands of this person.
func (a *App) federationMethods() protocol.Mux {
	return protocol.Mux{
		MethodKLPStatus: a.klpState,
		MethodKLPPeers:  a.withFederation(func(context.Context, *protocol.Request) (any, error) { return a.federation.States() }),
		MethodKLPReload: a.withFederation(func(context.Context, *protocol.Request) (any, error) { return struct{}{}, a.rejoin() }),
		MethodKLPAsk: a.withFederation(func(ctx context.Context, r *protocol.Request) (any, error) {
			var in KLPQuestion
			if err := r.Decode(&in); err != nil {
				return nil, err
			}
			text, err := a.federation.Ask(ctx, in.Peer, in.Prompt)
			return KLPAnswer{text}, err
		}),
	}
}

func (a *App) withFederation(do protocol.HandlerFunc) protocol.HandlerFunc {
	return func(ctx context.Context, r *protocol.Request) (any, error) {
		if a.federation == nil {
			return nil, fault.New(fault.Unavailable, "federation is off").WithRemedy("set features.federation to true and start kai run again")
		}
		return do(ctx, r)
	}
}
