package browser_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// speak chooses a language in the settings, which are open, and waits until the view is in it.
func speak(t *testing.T, p *harness.Page, code string) {
	t.Helper()
	p.Until("the choice of languages", `document.querySelector("option[value=zh-Hans]") !== null`)
	p.Eval(`(() => {
		const box = document.querySelector("option[value=zh-Hans]").parentElement;
		box.value = `+quoted(code)+`;
		box.dispatchEvent(new Event("change", { bubbles: true }));
	})()`, nil)
	if code != "system" {
		inLanguage(p, code)
	}
}

func inLanguage(p *harness.Page, code string) {
	p.Until("the language "+code, `document.documentElement.lang === `+quoted(code))
}

func TestTheLanguageIsChosenInTheSettingsAndEveryViewFollows(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		tab := view(t, b, "tab", line(t))
		panel := open(t, b, "sidepanel")
		panel.Fill("textbox", "Message", "half a question")
		tab.Click("button", "Settings")
		speak(t, tab, "de")
		tab.Locate("heading", "Dienste")
		tab.Locate("button", "Einen Dienst hinzufügen")

		inLanguage(panel, "de")
		panel.Locate("textbox", "Nachricht")
		panel.Until("the draft to be as it was", `document.querySelector("#message").value === "half a question" && document.activeElement.id === "message"`)
		panel.Until("the menus to learn of it", `chrome.storage.local.get("kai-language").then((kept) => kept["kai-language"] === "de")`)

		later := open(t, b, "popup")
		later.Until("the first look in the language that was chosen", `JSON.parse(localStorage.getItem("kai-words")).language === "de"`)
		later.Locate("textbox", "Nachricht")

		speak(t, tab, "zh-Hans")
		tab.Locate("heading", "服务")
		inLanguage(panel, "zh-Hans")
		panel.Locate("textbox", "消息")
		speak(t, tab, "system")
		tab.Locate("heading", "Services")
		panel.Locate("textbox", "Message")
		panel.Until("the draft to be as it was", `document.querySelector("#message").value === "half a question"`)
	})
}

func TestAnAnswerGoesOnWhileTheLanguageChanges(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		l.Hold(2)
		ask(t, p, "tell me a story")
		p.Shows("Sentence 2 of the story.")
		p.Click("button", "Settings")
		speak(t, p, "fr")
		p.Click("button", "Retour")
		p.Locate("button", "Arrêter")
		l.Open()
		p.Shows("jetons/s")
	})
}

// hangsUp takes a request and says nothing, as a server does that is being stopped.
func hangsUp(w http.ResponseWriter, _ *http.Request) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}

func TestAFaultIsToldWhollyInThePersonsLanguage(t *testing.T) {
	words := map[string]struct{ back, message, missing, gone string }{
		"de": {
			"Zurück", "Nachricht",
			"Das Modell scripted:latest ist in diesem Ollama nicht installiert. Lade es (ollama pull scripted:latest), oder wähle ein anderes Modell.",
			"Ollama antwortet unter %s nicht (unter %h antwortet niemand). Starte Ollama (öffne seine App, oder rufe ollama serve auf), oder berichtige die Adresse.",
		},
		"zh-Hans": {
			"返回", "消息",
			"此 Ollama 没有安装模型 scripted:latest。请下载它（ollama pull scripted:latest），或选择其他模型。",
			"Ollama 在 %s 没有回应（%h 上没有回应）。请启动 Ollama（打开其应用，或运行 ollama serve），或更正地址。",
		},
	}
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		shows := func(text string) {
			t.Helper()
			text = strings.NewReplacer("%s", l.URL, "%h", strings.TrimPrefix(l.URL, "http://")).Replace(text)
			p.Until(text, `[...document.querySelectorAll(".notice p")].some((e) => e.textContent === `+quoted(text)+`)`)
		}
		ask := func(message, text string) {
			t.Helper()
			p.Fill("textbox", message, text)
			p.Press("Enter")
		}
		for _, code := range []string{"de", "zh-Hans"} {
			w := words[code]
			p.Until("the settings", `(location.hash = "#settings") && true`)
			speak(t, p, code)
			p.Click("button", w.back)
			l.Replace(says(404, "application/json", `{"error":"model 'scripted' not found"}`), "/api/chat")
			ask(w.message, "one")
			shows(w.missing)
			l.Replace(hangsUp, "/api/chat")
			ask(w.message, "two")
			shows(w.gone)
			if _, ok := b.(*harness.Chromium); ok {
				p.Shoot("fault-" + code)
			}
			l.Open()
		}
		p.Until("the settings", `(location.hash = "#settings") && true`)
		speak(t, p, "en")
		p.Click("button", "Back")
		shows("Ollama does not answer at %s (nobody answers at %h). Start Ollama (open its app, or run ollama serve), or correct the address.") // what is kept of a fault is kept in English
	})
}

func TestScreensInOtherLanguages(t *testing.T) {
	t.Parallel()
	for code, words := range map[string]struct{ settings, back, message string }{
		"de": {"Einstellungen", "Zurück", "Nachricht"}, "zh-Hans": {"设置", "返回", "消息"},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			b := harness.StartChromium(t, harness.Options{})
			l := line(t)
			p := view(t, b, "tab", l)
			p.Click("button", "Settings")
			speak(t, p, code)
			p.Shoot("settings-" + code)
			p.Click("button", words.back)
			p.Fill("textbox", words.message, "show me markdown")
			p.Press("Enter")
			p.Shows("The end of it.")
			p.Until("the end of the answer", `document.querySelector("[aria-busy=true]") === null`)
			p.Shoot("chat-" + code)

			fresh := harness.View(t, harness.StartChromium(t, harness.Options{}), "sidepanel")
			fresh.Click("button", "Settings")
			speak(t, fresh, code)
			fresh.Click("button", words.back)
			fresh.Shoot("welcome-" + code)
		})
	}
}

// marked is the extension with a German catalogue of which each word is marked and half as long again, so that what is in no
// catalogue shows, and what has too little room. kept tells the words that stay, because a test types them.
func marked(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "chrome")
	require.NoError(t, os.CopyFS(dir, os.DirFS(harness.Built(t, "chrome"))))
	chunks, err := filepath.Glob(filepath.Join(dir, "chunk-*.js"))
	require.NoError(t, err)
	last := regexp.MustCompile(`export\{(\w+) as de\};?\s*$`)
	for _, chunk := range chunks {
		text, err := os.ReadFile(chunk)
		require.NoError(t, err)
		at := last.FindSubmatchIndex(text)
		if at == nil {
			continue
		}
		mark := `;const kaiMark=(v)=>typeof v==="string"?"⟦"+v+"~".repeat(Math.min(20,v.length>>1))+"⟧":typeof v==="function"?(...a)=>kaiMark(v(...a)):` +
			`Array.isArray(v)?v.map(kaiMark):Object.fromEntries(Object.entries(v).map(([k,w])=>[k,kaiMark(w)])),kaiMarked=kaiMark(` +
			string(text[at[2]:at[3]]) + `);export{kaiMarked as de};`
		require.NoError(t, os.WriteFile(chunk, append(text[:at[0]:at[0]], mark...), 0o600))
		return dir
	}
	require.Fail(t, "no file of the extension has the German catalogue")
	return ""
}

// unmarked lists what is seen or spoken in a page and is in no catalogue. The names of services and models, what
// people made and what kai itself and the browser say are in none.
const unmarked = `(() => {
	const own = /^(?:https?:\/\/)?(?:localhost|127\.0\.0\.1)\S*$|^v?\d+(?:\.\d+)+\S*$/;
	const named = new Set(["kAI", "Ollama", "LM Studio", "llama.cpp", "vLLM", "kai-scripted", "English", "Deutsch", "Español", "Français", "简体中文", "OpenAI", "OpenAI-compatible", "Open", "WebUI", "scripted", "latest"]);
	const strange = (text) => {
		let rest = text, before;
		do { before = rest; rest = rest.replace(/⟦[^⟦⟧]*⟧/g, " "); } while (rest !== before);
		return rest.split(/[·,:\s()|]+/).filter((w) => /\p{L}{2}/u.test(w) && !own.test(w) && !named.has(w) && !/^(?:[KMGT]?B|min|LM|Studio|kai\S*)$/.test(w));
	};
	const found = [];
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n = walk.nextNode(); n; n = walk.nextNode()) {
		const e = n.parentElement;
		if (!e.checkVisibility() || e.closest("script, style, code, kbd, textarea, .prose, .bubble, .title, .cards, .line, .row, .notice, .keys dd, h3, option, bdi, [aria-live]")) continue;
		const text = e.closest("p")?.textContent ?? n.nodeValue; // a sentence may have a link in it
		for (const w of strange(text)) found.push(w + " in: " + text);
	}
	for (const e of document.querySelectorAll("[aria-label], [title], [placeholder]")) {
		if (e.closest(".cards, .line") || e.matches("article")) continue; // people and programs named these
		for (const name of ["aria-label", "title", "placeholder"]) for (const w of strange(e.getAttribute(name) ?? "")) found.push(w + " in " + name + ": " + e.getAttribute(name));
	}
	return [...new Set(found)];
})()`

func TestEveryWordIsInACatalogueAndHasRoomFromEitherSide(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{Extension: marked(t)})
	l := line(t)
	p := harness.View(t, b, "sidepanel")
	look := func(where string) {
		t.Helper()
		for _, way := range []string{"ltr", "rtl"} {
			p.Eval(`document.documentElement.dir = `+quoted(way), nil)
			for _, width := range []int{320, 1280} {
				p.Resize(width, 720)
				p.Until("nothing to stick out sideways", `document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollLeft === 0`)
				p.Settle()
				p.Screenshot("marked-" + where + "-" + way)
				p.Audit(where + " " + way)
			}
		}
		var found []string
		p.Eval(unmarked, &found)
		require.Empty(t, found, "%s: in no catalogue:\n%s", where, strings.Join(found, "\n"))
	}
	press := func(word string) {
		t.Helper()
		p.Until("the button "+word, `[...document.querySelectorAll("button")].some((b) => b.checkVisibility() && (b.ariaLabel ?? b.textContent).startsWith("⟦`+word+`"))`)
		p.Eval(`[...document.querySelectorAll("button")].find((b) => b.checkVisibility() && (b.ariaLabel ?? b.textContent).startsWith("⟦`+word+`")).click()`, nil)
	}

	p.Click("button", "Settings")
	speak(t, p, "de")
	press("Zurück")
	p.Until("the services that were looked for", `document.querySelector(".welcome .card, .card") !== null`)
	look("welcome")
	press("Einstellungen")
	look("settings")
	speak(t, p, "en")
	p.Click("button", "Back")
	connect(t, p, l.URL)
	ask(t, p, "hello kai")
	p.Shows("tokens/s")
	p.Click("button", "Settings")
	speak(t, p, "de")
	press("Zurück")
	look("chat")
	press("Diese Unterhaltung")
	look("conversation")
	p.Press("Escape")
	press("Unterhaltungen zeigen")
	look("list")
	press("Wissen")
	look("knowledge")
	press("Zurück")
	press("Unterhaltungen zeigen")
	press("Hilfe")
	look("help")
}
