/** Canvas file <-> document. What the document does not know stays in `raw` and is written back. */
export { newNode, readDocument } from "./reading";
export { writeDocument } from "./writing";
