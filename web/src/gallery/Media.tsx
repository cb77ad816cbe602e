/** A file of the gallery as it looks: small in a grid, or whole. */
import { Music } from "lucide-react";

import { viewUrl, type FileRef } from "@/api/client";

import { kindOf } from "./kinds";

interface Props {
  readonly file: FileRef;
  readonly isSmall?: boolean;
  readonly alt: string;
  readonly className?: string | undefined;
  readonly testId?: string;
}

export function Media({ file, isSmall = false, alt, className, testId }: Props) {
  const kind = kindOf(file);
  if (kind === "image") return <img src={viewUrl(file, isSmall)} alt={alt} className={className} loading={isSmall ? "lazy" : "eager"} decoding="async" draggable={false} data-testid={testId} />;
  // A moment after its beginning most videos are not black any more.
  if (isSmall && kind === "video") return <video src={`${viewUrl(file)}#t=0.1`} className={className} muted preload="metadata" aria-label={alt} data-testid={testId} />;
  if (isSmall)
    return (
      <span className={className} role="img" aria-label={alt} style={{ display: "grid", placeItems: "center" }}>
        <Music size={28} aria-hidden />
      </span>
    );
  // Made here: there are no captions to show.
  // eslint-disable-next-line jsx-a11y/media-has-caption
  return kind === "video" ? <video src={viewUrl(file)} className={className} controls loop aria-label={alt} /> : <audio src={viewUrl(file)} controls aria-label={alt} />;
}
