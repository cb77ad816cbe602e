/** The one connection to the server, for those who cannot wait for its next try. */
import type { Connection } from "@/api/socket";

const held: { connection: Connection | null } = { connection: null };

export function holdConnection(connection: Connection): void {
  held.connection = connection;
}

export const reconnect = (): void => held.connection?.retryNow();
