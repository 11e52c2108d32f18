/** Small columns: all of an interval, and of them the part that went well. Decoration; figures say the same. */
export function Sparkline({ all, good, width = 84, height = 22 }: {
  all: readonly number[]; good: readonly number[]; width?: number; height?: number;
}) {
  const most = Math.max(1, ...all);
  const step = width / Math.max(1, all.length);
  const rect = (value: number, i: number, colour: string) => {
    const tall = value === 0 ? 0 : Math.max(1.5, (value / most) * (height - 1));
    return `<rect x="${(i * step).toFixed(1)}" y="${(height - 1 - tall).toFixed(1)}" width="${Math.max(1, step - 1).toFixed(1)}" height="${tall.toFixed(1)}" fill="${colour}"/>`;
  };
  const columns = all.map((value, i) => rect(value, i, 'var(--warn-fill)') + rect(Math.min(value, good[i] ?? 0), i, 'var(--good-fill)')).join('');
  const base = `<rect x="0" y="${height - 1}" width="${width}" height="1" fill="var(--line)"/>`;
  return (
    // Fifty rows of columns are cheaper as one string than as a thousand elements; it holds numbers only.
    // oxlint-disable-next-line react/no-danger
    <svg width={width} height={height} aria-hidden style={{ display: 'block' }} dangerouslySetInnerHTML={{ __html: base + columns }} />
  );
}
