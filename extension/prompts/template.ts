const place = /\{\{\s*([^{}\s][^{}]*?)\s*\}\}/g;

/** placesOf lists the places {{name}} of a template, each once, in the order of the text. */
export function placesOf(template: string): string[] {
  return [...new Set([...template.matchAll(place)].map((m) => m[1]!))];
}

/** filled puts values into the places of a template. A place without a value stays as it is. */
export function filled(template: string, values: { [name: string]: string }): string {
  return template.replace(place, (whole, name: string) => (Object.hasOwn(values, name) ? values[name]! : whole));
}
