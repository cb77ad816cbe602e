/** Text with markup, drawn; nothing in it can run, and no picture of another host is fetched. */
import type { ReactNode } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";

import styles from "./Markdown.module.css";

/** Tables, task lists and struck words, as people know them. */
const REMARK = [remarkGfm];

const REHYPE = [rehypeSanitize];

/** Addresses below our own server. */
const isOwn = (url: string): boolean => url.startsWith("data:image/") || (!/^[a-z][a-z0-9+.-]*:/i.test(url) && !url.startsWith("//"));

const COMPONENTS: Components = {
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noreferrer noopener" className="nodrag">
      {children}
    </a>
  ),
  img: ({ src, alt }) => picture(typeof src === "string" ? src : "", alt ?? ""),
};

/** Opening a workflow must tell nobody: pictures from elsewhere are links. */
function picture(src: string, alt: string): ReactNode {
  if (isOwn(src)) return <img src={src} alt={alt} draggable={false} />;
  return (
    <a href={src} target="_blank" rel="noreferrer noopener">
      {alt === "" ? src : alt}
    </a>
  );
}

export function Markdown({ text }: { readonly text: string }) {
  return (
    <div className={styles.markdown}>
      <ReactMarkdown remarkPlugins={REMARK} rehypePlugins={REHYPE} components={COMPONENTS}>
        {text}
      </ReactMarkdown>
    </div>
  );
}
