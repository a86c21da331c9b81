package app

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// The methods of the local socket that commands of this person call. They need no token and no session: the socket lets
// nobody else of this computer in, and is how a locked kai is unlocked.
const (
	MethodStatus  = "kai.status" // answers api.Status
	MethodLink    = "kai.link"   // answers api.Link
	MethodStop    = "kai.stop"
	MethodUnlock  = "vault.unlock" // takes Password
	MethodLock    = "vault.lock"
	MethodPeers   = "kai.peers"         // answers []peers.State
	MethodSync    = "kai.sync.now"      // reads the book of peers anew
	MethodClients = "kai.clients"       // reads the list of clients anew
	MethodLevel   = "kai.log.level"     // takes and answers Level
	MethodEnable  = "kai.debug.enable"  // answers debug.Session
	MethodDisable = "kai.debug.disable" // answers the debug.Session that ends
	MethodDebug   = "kai.debug"         // answers Snapshot
	MethodReload  = "kai.config.reload" // answers Reloaded
	MethodTraces  = "kai.debug.traces"  // takes and answers Traces
	MethodBackup  = "kai.store.backup"  // takes BackupTo ~ queue.Progress, answers upkeep.Manifest
)

// Password is the body of vault.unlock. It marshals as itself, unlike a config.Secret.
type Password struct {
	Password string `json:"password"`
}

// Level is a level of the log; empty asks for the one that holds.
type Level struct {
	Level string `json:"level"`
}

// logLevel changes what is logged from now on.
func (a *App) logLevel(ctx context.Context, r *protocol.Request) (any, error) {
	var in Level
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if a.opt.Level == nil {
		return nil, fault.New(fault.Unsupported, "the level of this kai's log can't be changed").WithRemedy("restart it with kai run -v")
	}
	if in.Level != "" {
		var level slog.Level
		if err := level.UnmarshalText([]byte(in.Level)); err != nil {
			return nil, fault.New(fault.Invalid, "%q is not a level", in.Level).WithRemedy("write debug, info, warn or error")
		}
		a.opt.Level.Set(level)
		a.log("config").Log(ctx, level, "the level of the log has changed", "from", level)
	}
	return Level{strings.ToLower(a.opt.Level.Level().String())}, nil
}

// BackupTo says where a backup goes that this kai makes of its records while it uses them.
type BackupTo struct {
	Folder string `json:"folder"` // absolute, and not there yet
}

func (a *App) backUpTo(ctx context.Context, r *protocol.Request) (any, error) {
	var in BackupTo
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if !filepath.IsAbs(in.Folder) {
		return nil, fault.New(fault.Invalid, "the folder of a backup is to be absolute").WithField("folder").WithRemedy("write it from the root of the disk")
	}
	return a.copyStore(ctx, in.Folder, func(what string, done, total int64) {
		_ = r.Emit(ctx, queue.Progress{What: what, Done: done, Total: total}) // who is gone ends ctx
	})
}

// control answers them.
func (a *App) control() protocol.Mux {
	return protocol.Mux{
		MethodStatus: func(ctx context.Context, _ *protocol.Request) (any, error) { return a.api.Status(ctx), nil },
		MethodBackup: a.backUpTo,
		MethodLink:   func(context.Context, *protocol.Request) (any, error) { return api.Link{URL: a.LoginURL()}, nil },
		MethodStop: func(context.Context, *protocol.Request) (any, error) {
			a.askToQuit()
			return struct{}{}, nil
		},
		MethodUnlock: func(ctx context.Context, r *protocol.Request) (any, error) {
			var in Password
			if err := r.Decode(&in); err != nil {
				return nil, err
			}
			if err := a.unlock(ctx, config.Secret(in.Password)); err != nil {
				return nil, err
			}
			return struct{}{}, errors.Join(a.peers.Reload(), a.rejoin()) // those that waited for a key of the vault
		},
		MethodPeers:     func(ctx context.Context, _ *protocol.Request) (any, error) { return a.peers.States(ctx) },
		MethodTelemetry: a.previewTelemetry,
		MethodSync:      a.syncNow,
		MethodClients:   a.cutClients,
		MethodEnable:    a.enableDebug,
		MethodDisable:   a.disableDebug,
		MethodDebug:     func(ctx context.Context, _ *protocol.Request) (any, error) { return a.snapshot(ctx), nil },
		MethodLevel:     a.logLevel,
		MethodTraces:    a.traces,
		MethodReload:    func(context.Context, *protocol.Request) (any, error) { return a.Reload() },
		MethodLock: func(context.Context, *protocol.Request) (any, error) {
			a.vault.Lock()
			return struct{}{}, nil
		},
	}
}
