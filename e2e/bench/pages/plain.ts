// The least that a streamed answer costs: fetch, cut into lines, put the text into the document.

async function stream(server: string): Promise<void> {
  const answer = document.body.appendChild(document.createElement("div"));
  answer.className = "prose";
  const text = answer.appendChild(document.createTextNode(""));
  const body = JSON.stringify({ model: "stub", messages: [{ role: "user", content: "Count the words" }], stream: true });
  const response = await fetch(`${server}/api/chat`, { method: "POST", body });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = "";;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop()!;
    for (const line of lines) text.appendData((JSON.parse(line) as { message: { content: string } }).message.content);
  }
}

Object.assign(globalThis, { stream });
