/** An accuracy or share (0..1) as '91.3%'. */
export const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;
