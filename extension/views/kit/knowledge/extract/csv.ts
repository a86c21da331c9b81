import Papa from "papaparse";
import { readText } from "./extract";

/** readCsv writes each row as "column: value; column: value", so that a passage says what its numbers are. */
export async function readCsv(file: File): Promise<string> {
  const { data } = Papa.parse<string[]>((await readText(file)).replace(/\r\n?/g, "\n"));
  const [names = [], ...rows] = data.filter((row) => row.some((cell) => cell.trim()));
  if (rows.length === 0) return names.join("; ");
  return rows.map((row) => row.map((cell, i) => (names[i] ? `${names[i]}: ${cell}` : cell)).join("; ")).join("\n");
}
