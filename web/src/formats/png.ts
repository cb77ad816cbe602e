/** Text of a PNG, under the path by which `app/` knows it. */
export { isPng, readPngText } from "./metadata/png";
