// The worker that reads PDFs: pdf.js, bounded.
import "./pdf_bound";
import "pdfjs-dist/legacy/build/pdf.worker.min.mjs";
