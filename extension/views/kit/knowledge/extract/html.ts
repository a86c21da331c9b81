import { textOf, tidy } from "../../page/readable";
import { readText } from "./extract";

/** readHtml gives the text of a page. Nothing in it runs or is fetched. */
export async function readHtml(file: File): Promise<string> {
  return tidy(textOf(new DOMParser().parseFromString(await readText(file), "text/html").body));
}
