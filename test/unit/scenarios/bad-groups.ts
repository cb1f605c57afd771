import { withText } from './scenario-text.ts';

const groups = (list: string): string => withText('users: 10', `users: 10\n  groups: [${list}]`);

/** Groups that cannot be, and what should be said: as `bad`. */
export const badGroups: readonly (readonly [
  title: string,
  text: string,
  problems: readonly string[],
])[] = [
  [
    'groups that are not all',
    groups('{ name: a, share: 60% }, { name: b, share: 30% }'),
    ['10:3 workload.groups | the shares of the groups add up to 90% | make them add up to 100%'],
  ],
  [
    'groups that are more than all',
    groups('{ name: a, share: 60% }, { name: b, share: 60% }'),
    ['10:3 workload.groups | the shares of the groups add up to 120% | make them add up to 100%'],
  ],
  [
    'a group of nobody',
    groups('{ name: a, share: 99% }, { name: b, share: 1% }'),
    [
      '10:55 workload.groups[1].share | 1% of 10 users is nobody | raise it or workload.users, or remove the group',
    ],
  ],
  [
    'a group without a share',
    groups('{ name: a, share: 0% }, { name: b, share: 100% }'),
    ['10:30 workload.groups[0].share | share cannot be "0%" | write a share above 0%'],
  ],
  [
    'two groups of one name',
    groups('{ name: a, share: 50% }, { name: a, share: 50% }'),
    [
      '10:45 workload.groups[1].name | the group "a" is listed twice | give each group a name of its own',
    ],
  ],
  [
    'a group without devices',
    groups('{ name: a, share: 100%, devicesPerUser: 0 }'),
    [
      '10:52 workload.groups[0].devicesPerUser | devicesPerUser cannot be 0 | write a whole number from 1 to 99',
    ],
  ],
  [
    'devices of a group that are not all',
    groups('{ name: a, share: 100%, devicesPerUser: { 1: 50% } }'),
    [
      '10:52 workload.groups[0].devicesPerUser | the shares of devicesPerUser add up to 50% | make them add up to 100%',
    ],
  ],
  [
    'a group whose shapes have more than its people',
    groups('{ name: a, share: 100%, arrivals: [{ type: herd, users: 120% }] }'),
    ['10:68 workload.groups[0].arrivals[0].users | users cannot be "120%" | write at most 100%'],
  ],
  [
    'shapes of a group that come to more than its people',
    groups(
      '{ name: a, share: 100%, arrivals: [{ type: herd, users: 60% }, { type: herd, users: 60% }] }',
    ),
    [
      '10:36 workload.groups[0].arrivals | the shares of users add up to 120% | lower them to 100% or less',
    ],
  ],
];
