// The least that a long conversation can be: as many paragraphs, of as much text, in a box that scrolls. What kAI's is compared with.
const rows = 5000;
const text = "memory engine window answer little garden yellow reason planet silver market letter simple follow bridge summer ".repeat(8).slice(0, 880);

// An extension's page takes no style from within its HTML.
const style = new CSSStyleSheet();
style.replaceSync(`
  body { margin: 0; font: 15px/1.6 system-ui, sans-serif; }
  #thread { block-size: 100vh; overflow-y: auto; background: white; will-change: scroll-position; }
  p { max-inline-size: 46rem; margin: 0 auto 1.5rem; }
`);
document.adoptedStyleSheets = [style];

const thread = document.querySelector("#thread")!;
for (let i = 0; i < rows; i++) thread.appendChild(document.createElement("p")).textContent = `${i} ${text}`;
thread.scrollTop = thread.scrollHeight;
