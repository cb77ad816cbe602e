/** Data that is fetched when a panel opens and whenever `version` changes. */
import { useEffect, useState } from "react";

export function useAsync<T>(read: () => Promise<T>, empty: T, version: unknown): T {
  const [data, setData] = useState(empty);
  useEffect(() => {
    let isWanted = true;
    read()
      .then((found) => {
        if (isWanted) setData(found);
      })
      // A panel that cannot be filled stays as it was: the banner says that the server is away.
      .catch(() => undefined);
    return () => {
      isWanted = false;
    };
    // `read` is a module function.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [version]);
  return data;
}
