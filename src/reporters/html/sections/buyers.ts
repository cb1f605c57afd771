import { formatCount } from '../../../core/units.ts';
import type { BuyerSummary } from '../../../results/result.ts';
import { formatShare } from '../../figures.ts';
import { html, type Markup } from '../markup.ts';
import { bar, table } from '../parts.ts';
import type { Section } from '../section.ts';

/** Who got the stock. */
export const buyers: Section = {
  id: 'buyers',
  title: 'Who got the stock',
  menu: 'Buyers',
  render({ buyers: found, devices }) {
    if (found === undefined || found.people === 0) return undefined;
    const { people, units, unitsPerPersonMax } = found;
    return html`<p>${formatCount(people)} of ${formatCount(devices.users)} people were told that they have ${formatCount(units)} units, at most ${formatCount(unitsPerPersonMax)} each.</p>
<div class="columns">${byDevices(found)}${byTry(found)}</div>`;
  },
};

function byDevices({ byDevices: groups }: BuyerSummary): Markup | undefined {
  if (groups.length < 2) return undefined;
  const most = Math.max(...groups.map(({ people, buyers: got }) => got / people));
  return html`<div><h3>By number of devices</h3>
${table(
  'People who got something, by how many devices they had',
  [
    { title: 'Devices' },
    { title: 'People', align: 'right' },
    { title: 'Got some', align: 'right' },
    { title: 'Share', align: 'right' },
    { title: '' },
  ],
  groups.map(({ devices, people, buyers: got }) => [
    String(devices),
    formatCount(people),
    formatCount(got),
    formatShare(got, people),
    bar(got / people, most, 'blue'),
  ]),
)}</div>`;
}

function byTry({ byTry: tries, units }: BuyerSummary): Markup | undefined {
  if (tries.length === 0) return undefined;
  const last = tries.at(-1)?.try ?? 0;
  return html`<div><h3>By try</h3>
${table(
  'Units by the try that got them',
  [
    { title: 'Try' },
    { title: 'Units', align: 'right' },
    { title: 'Share', align: 'right' },
    { title: '' },
  ],
  tries.map(({ try: number, units: got }) => [
    number === last && number >= 10 ? `${number} or later` : String(number),
    formatCount(got),
    formatShare(got, units),
    bar(got, units, 'blue'),
  ]),
)}</div>`;
}
