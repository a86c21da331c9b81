/** Linked shows a sentence whose web addresses are links. */
export function Linked({ text }: { text: string }) {
  const pieces = text.split(/(https?:\/\/[^\s)]*[^\s).,;])/);
  return (
    <>
      {pieces.map((piece, i) => (i % 2 === 1 ? <a key={i} href={piece} target="_blank" rel="noopener noreferrer">{piece.replace(/^https?:\/\//, "").replace(/\/$/, "")}</a> : piece))}
    </>
  );
}
