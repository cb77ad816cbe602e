/** All that a document keeps by the names of its nodes, and that follows them. */
import { formFollows } from "@/appmode/form";
import { viewsFollow } from "@/canvas/bookmarks";
import { previewsFollow } from "@/model/promote";
import type { Follower } from "@/model/tracks";
import { setsFollow } from "@/presets/sets";
import { sweepsFollow } from "@/sweeps/document";
import { switchesFollow } from "@/switches/sets";

export const FOLLOWERS: readonly Follower[] = [previewsFollow, sweepsFollow, switchesFollow, setsFollow, formFollows, viewsFollow];
