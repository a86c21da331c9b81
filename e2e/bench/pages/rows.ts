// The least that a long conversation can be: as many paragraphs, of as much text, in a box that scrolls. What kAI's is compared with.
const rows = 5000;
const text = "memory engine window answer little garden yellow reason planet silver market letter simple follow bridge summer ".repeat(8).slice(0, 880);

const thread = document.querySelector("#thread")!;
for (let i = 0; i < rows; i++) thread.appendChild(document.createElement("p")).textContent = `${i} ${text}`;
thread.scrollTop = thread.scrollHeight;
