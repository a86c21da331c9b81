package harness

import (
	"encoding/json"
	"fmt"

	"github.com/stretchr/testify/require"
)

// File is a file that a person picks. One of a folder is named by its path from the folder on: "notes/eggs.md".
type File struct {
	Name string
	Text []byte
}

// Pick hands files to the page as its file picker does. Input is a selector of the field that opens the picker.
func (p *Page) Pick(input string, files ...File) {
	p.tb.Helper()
	list, err := json.Marshal(files) // the bytes come as base64
	require.NoError(p.tb, err)
	p.Eval(fmt.Sprintf(`(() => {
		const files = %s, all = new DataTransfer(), input = document.querySelector(%s);
		for (const f of files)
			all.items.add(new File([Uint8Array.from(atob(f.Text ?? ""), (c) => c.charCodeAt(0))], f.Name.split("/").at(-1), { lastModified: 1 }));
		input.files = all.files;
		[...input.files].forEach((f, i) => {
			if (files[i].Name.includes("/")) Object.defineProperty(f, "webkitRelativePath", { value: files[i].Name });
		});
		input.dispatchEvent(new Event("change", { bubbles: true }));
	})()`, list, quote(input)), nil)
}
