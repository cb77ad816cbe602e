/** The worker that arranges: large workflows take seconds, and the canvas goes on meanwhile. */
import { place, type Job } from "@/model/place";

self.onmessage = ({ data }: MessageEvent<Job>): void => self.postMessage(place(data));
