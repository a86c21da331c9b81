package arch_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/arch"
)

// faultFolder is where the texts of faults are in other languages.
const faultFolder = "extension/strings/faults"

// toldElsewhere are the packages whose faults no view shows, and who reads them instead. All others are to have their translations.
func toldElsewhere() map[string]string {
	return map[string]string{
		"companion/aesgcm":           "wrapped by those who encrypt",
		"companion/bundle":           "the command line",
		"companion/cache":            "the log: kai goes on without Redis",
		"companion/certificate":      "the command line, before kai serves",
		"companion/chatapi":          "programs that speak OpenAI's API",
		"companion/cli":              "the command line",
		"companion/configfile":       "the command line",
		"companion/confighistory":    "the command line",
		"companion/daemon":           "the command line",
		"companion/datadir":          "the command line, before kai serves",
		"companion/delta":            "another kai",
		"companion/devtools":         "the debug tools, which are in English",
		"companion/driver":           "the command line, before kai serves",
		"companion/federation":       "the command line (kai klp)",
		"companion/files":            "the command line (kai files), and programs that speak the REST API",
		"companion/mcp":              "programs that speak MCP",
		"companion/moving":           "the command line (kai import): views bring things in themselves",
		"companion/openapi":          "programs that speak the REST API",
		"companion/queue/queuetest":  "tests",
		"companion/store/postgres":   "the command line, before kai serves",
		"companion/store/upkeep":     "the command line (kai store)",
		"companion/supervise":        "the command line (kai services)",
		"companion/telemetry":        "the command line",
		"companion/tracing":          "the command line, and the debug tools",
		"companion/update":           "the command line (kai update)",
		"shared/config/schema":       "the command line",
		"shared/debug":               "the debug tools, which are in English",
		"shared/replica/replicasim":  "tests",
		"shared/run/runtest":         "tests",
		"shared/service/servicetest": "tests",
		"shared/store/storetest":     "tests",
		"wasm/syncbus":               "the log: what is wrong on the channel is passed over",
	}
}

// The files of the configuration in a browser; kai's own is read on the command line.
func browsersConfig() []string {
	return []string{"browser.go", "config.go", "decode.go", "json.go", "problem.go", "shape.go"}
}

func told(file string) bool {
	dir, name := path.Split(file)
	if dir == "shared/config/" {
		return slices.Contains(browsersConfig(), name)
	}
	for elsewhere := range toldElsewhere() {
		if strings.HasPrefix(dir, elsewhere+"/") {
			return false
		}
	}
	return strings.HasPrefix(dir, "shared/") || strings.HasPrefix(dir, "wasm/") || strings.HasPrefix(dir, "companion/")
}

// untold are texts that a person does not read as part of a fault.
func untold() []string {
	return []string{
		// what a model is told of its call of a tool
		"This call was not made.", "Error: %s", "%s\n(The result goes on; it was cut here. Ask for less.)",
		"The person did not allow this call. Go on without it, and do not ask for it again.",
		// names
		"Google Chrome", "Microsoft Edge", "LM Studio", "Open WebUI", "Hugging Face", "Stable Diffusion web UI", "Answers in the making",
		"key of service %s", "mcp %s", "%s; kai services logs %s",
		// joined has what this can be: as it stands, it would be found in every sentence
		"the %s %s %s",
	}
}

// joined are texts that are put together in ways that the reader of the source does not follow, and words that stand in others.
func joined() []string {
	return []string{
		"%s did not start: %s", "%s did not stop: %s", // lifecycle.named
		"the %s %s is not stored", "the %s %s has changed to version %s", // store.Conflict
		"did you mean %s?", "did you mean %s? write one of %s", "remove it, or use one of %s", // config
		"number", "whole number", "%d seconds", "%d minutes", "the kai program %s", "the kAI extension %s", "reading", "writing", "searching", "importing", // parts of others
		"Only words are looked for: %s.", "All vectors are compared here: %s", // what a list or a search tells beside its documents
		"answer", "collection", "conversation", "document", "folder", "image", "message", "persona", "prompt", "run", "service", "setting", "settings", "workflow",
	}
}

func TestEveryFaultThatAViewShowsIsInEveryLanguage(t *testing.T) {
	texts := arch.Texts(sources(t), told)
	for _, text := range untold() {
		require.Contains(t, texts, text, "no fault says this any more: take it out of untold")
		delete(texts, text)
	}
	for _, text := range joined() {
		texts[text] = "joined in e2e/arch/faults_test.go"
	}
	maps.Copy(texts, viewsTexts(t))
	translations := faultTranslations(t)
	for _, text := range slices.Sorted(maps.Keys(texts)) {
		if _, there := translations[text]; !there {
			t.Errorf("%s: %q has no translations; write them in the file of its folder in %s:\n%s", texts[text], text, faultFolder, skeleton(text))
		}
	}
	for _, text := range slices.Sorted(maps.Keys(translations)) {
		if _, there := texts[text]; !there {
			t.Errorf("%s has %q, which no fault says any more: take it out", faultFolder, text)
		}
	}
}

func skeleton(text string) string {
	var key strings.Builder
	encoder := json.NewEncoder(&key)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a text is always written
	return "  " + strings.TrimSpace(key.String()) + `: { "de": "", "es": "", "fr": "", "zh-Hans": "" }`
}

func TestATranslationOfAFaultHasWhatItsTextHas(t *testing.T) {
	verb := regexp.MustCompile(`%[^%a-zA-Z]*[%a-zA-Z]`)
	place := regexp.MustCompile(`\{(\d)\}`)
	kept := regexp.MustCompile(`https?://[^\s,;)]+|--[a-z][a-z-]+|\b[A-Z]+_[A-Z_]+\b|\bkai (?:run|open|stop|token|(?:vault|sync|native|config|clients|tool|mcp|tasks|schedule|knowledge|store|update|debug) [a-z]+)\b`)
	for text, in := range faultTranslations(t) {
		require.NotRegexp(t, `%[^%a-zA-Z]*[a-zA-Z]%[^%a-zA-Z]*[a-zA-Z]`, text, "nothing tells where the first ends")
		var want []string
		for _, v := range verb.FindAllString(text, -1) {
			if v != "%%" {
				want = append(want, string(rune('1'+len(want))))
			}
		}
		require.ElementsMatch(t, []string{"de", "es", "fr", "zh-Hans"}, slices.Collect(maps.Keys(in)), "%q", text)
		for language, said := range in {
			got := map[string]bool{}
			for _, m := range place.FindAllStringSubmatch(said, -1) {
				got[m[1]] = true
			}
			require.ElementsMatch(t, want, slices.Collect(maps.Keys(got)), "%s of %q: {1} is the first thing that varies", language, text)
			require.NotEmpty(t, strings.TrimSpace(said), "%s of %q", language, text)
			for _, name := range kept.FindAllString(text, -1) {
				require.Contains(t, said, name, "%s of %q: commands, addresses and names stay as they are", language, text)
			}
		}
	}
}

func TestTheFaultsOfAPackageAreEitherTranslatedOrToldElsewhere(t *testing.T) {
	for dir := range toldElsewhere() {
		require.DirExists(t, filepath.Join(root(t), dir), "take it out of toldElsewhere")
	}
}

// faultTranslations are all texts of faults, each in the other languages.
func faultTranslations(t *testing.T) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, part := range []string{"companion", "shared", "views", "wasm"} {
		text, err := os.ReadFile(filepath.Join(root(t), faultFolder, part+".json"))
		require.NoError(t, err)
		var read map[string]map[string]string
		require.NoError(t, json.Unmarshal(text, &read))
		for key := range read {
			require.NotContains(t, all, key, "it stands in two files of %s", faultFolder)
		}
		maps.Copy(all, read)
	}
	return all
}

// viewsTexts are the texts of faults that are made in TypeScript: those of fault(…), of errors that become one, and why a connection ended.
func viewsTexts(t *testing.T) map[string]string {
	t.Helper()
	made := regexp.MustCompile(`\bfault\("\w+", "([^"]+)"(?:, "([^"]+)")?|asFault\(new Error\("([^"]+)"`)
	ended := regexp.MustCompile(`(?:lastError|onclose|\bend|\bError)\("([^"]+ [^"]+)"|(?:\|\||\?\?|code === 0 \?|error:) "([^"]+ [^"]+)"`)
	varied := regexp.MustCompile("(?:\\bend\\(|: )`(kAI [^`]+)`")
	texts := map[string]string{}
	err := filepath.WalkDir(filepath.Join(root(t), "extension"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && slices.Contains([]string{"node_modules", "tests", "engine"}, d.Name()) {
				return filepath.SkipDir
			}
			return err
		}
		if ext := filepath.Ext(name); ext != ".ts" && ext != ".tsx" {
			return nil
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		folder := filepath.Base(filepath.Dir(name))
		place := "extension/…/" + folder + "/" + filepath.Base(name)
		note := func(found [][]string) {
			for _, m := range found {
				for _, text := range m[1:] {
					if text != "" {
						texts[variables.ReplaceAllString(text, "%s")] = place
					}
				}
			}
		}
		note(made.FindAllStringSubmatch(string(source), -1))
		if folder == "bridge" || folder == "background" {
			note(ended.FindAllStringSubmatch(string(source), -1))
			note(varied.FindAllStringSubmatch(string(source), -1))
		}
		return nil
	})
	require.NoError(t, err)
	return texts
}

// variables are what varies in a text of TypeScript.
var variables = regexp.MustCompile(`\$\{(?:[^{}]|\{[^}]*\})*\}`)
