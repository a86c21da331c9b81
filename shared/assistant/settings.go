package assistant

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
)

const (
	settingsID     = "settings"
	maxPromptBytes = 32 << 10
	maxNameBytes   = 512 // of a model's name
)

// settings reads the one record of settings; the defaults hold while there is none.
func (a *Assistant) settings(ctx context.Context) (kept[Settings], error) {
	s, err := get[Settings](ctx, a, record.KindSetting, settingsID)
	if fault.CodeOf(err) == fault.NotFound {
		return kept[Settings]{Body: Settings{Theme: "system", Sync: a.deps.Sync}, Version: a.versionOf(ctx, record.KindSetting, settingsID)}, nil
	}
	return s, err
}

// versionOf is the stored version of a record, also of a deleted one; "" when there is none.
func (a *Assistant) versionOf(ctx context.Context, kind record.Kind, id string) record.Version {
	records, err := a.deps.Store.Get(ctx, record.Key{Kind: kind, ID: id})
	if err != nil {
		return ""
	}
	return records[0].Version
}

// setSettings lays the given fields over the settings.
func (a *Assistant) setSettings(ctx context.Context, patch map[string]json.RawMessage) (Settings, error) {
	if err := a.lock(ctx); err != nil {
		return Settings{}, err
	}
	defer a.unlock()
	held, err := a.settings(ctx)
	if err != nil {
		return Settings{}, err
	}
	next, err := patched(held.Body, patch)
	if err != nil {
		return Settings{}, err
	}
	if _, given := patch["defaultModel"]; next.DefaultService != held.Body.DefaultService && !given {
		next.DefaultModel = "" // it was a model of the other service
	}
	if err := a.checkSettings(ctx, next, held.Body); err != nil || next == held.Body {
		return next, err
	}
	a.sync.Store(next.Sync) // before the news of it
	_, err = a.commit(ctx, NewsData{}, draft{record.KindSetting, settingsID, next, held.Version})
	if err != nil {
		a.sync.Store(held.Body.Sync)
	}
	return next, err
}

// Syncs says whether the person wants conversations exchanged with kai and the devices around it.
func (a *Assistant) Syncs() bool { return a.sync.Load() }

func patched(s Settings, patch map[string]json.RawMessage) (Settings, error) {
	for name, value := range patch {
		if !isSetting(name) {
			return s, fault.New(fault.Invalid, "there is no setting %.80q", name).WithField(name)
		}
		if bytes.Equal(bytes.TrimSpace(value), []byte("null")) {
			return s, fault.New(fault.Invalid, "a setting cannot be null").WithField(name).WithRemedy("leave it out, or empty it")
		}
		one, err := json.Marshal(map[string]json.RawMessage{name: value})
		if err == nil {
			err = json.Unmarshal(one, &s)
		}
		if err != nil {
			return s, fault.New(fault.Invalid, "the value does not fit: %w", err).WithField(name)
		}
	}
	return s, nil
}

func isSetting(name string) bool {
	t := reflect.TypeFor[Settings]()
	for i := range t.NumField() {
		if tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); tag == name {
			return true
		}
	}
	return false
}

func (a *Assistant) checkSettings(ctx context.Context, s, held Settings) error {
	switch s.Theme {
	case "system", "light", "dark":
	default:
		return fault.New(fault.Invalid, "there is no theme %.40q", s.Theme).WithField("theme").
			WithRemedy("choose system, light or dark")
	}
	switch s.Language {
	case "", "system", "en", "de", "es", "fr", "zh-Hans":
	default:
		return fault.New(fault.Invalid, "there is no language %.40q", s.Language).WithField("language").
			WithRemedy("choose system, en, de, es, fr or zh-Hans")
	}
	if len(s.SystemPrompt) > maxPromptBytes {
		return fault.New(fault.Exhausted, "instructions have at most %d KB", maxPromptBytes>>10).WithField("systemPrompt").
			WithRemedy("shorten them")
	}
	if len(s.DefaultModel) > maxNameBytes {
		return fault.New(fault.Invalid, "a model's name has at most %d bytes", maxNameBytes).WithField("defaultModel").
			WithRemedy("choose a model from the list")
	}
	if s.DefaultService == "" || s.DefaultService == held.DefaultService {
		return nil
	}
	_, err := get[Service](ctx, a, record.KindService, s.DefaultService)
	return named(err, "defaultService")
}
