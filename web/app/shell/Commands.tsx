import { useMantineColorScheme, useComputedColorScheme } from '@mantine/core';
import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';

import { dialling, usePhone } from '../agent/phone/usePhone';
import { presenceCommands } from '../agent/presenceCommands';
import { facesOf, signOut, useMe } from '../api/session';
import { LOCALES, chooseLocale, useT } from '../i18n/t';

/** Everything that can be done by name, under Ctrl+K. */
export function Commands({ leave }: { leave: () => void }) {
  const t = useT();
  const me = useMe();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const phone = usePhone();

  const go: SpotlightActionData[] = facesOf(me).map((face) => ({
    id: `go-${face}`, label: t(`shell.face_${face}`), onClick: () => void navigate({ to: `/${face}` as const }),
  }));
  const view: SpotlightActionData[] = [
    {
      id: 'theme', label: t(scheme === 'dark' ? 'shell.to_light' : 'shell.to_dark'),
      onClick: () => setColorScheme(scheme === 'dark' ? 'light' : 'dark'),
    },
    ...LOCALES.map(({ code, name }) => ({ id: `language-${code}`, label: name, keywords: ['language', 'langue', 'язык'], onClick: () => void chooseLocale(code) })),
    { id: 'sign-out', label: t('shell.sign_out'), onClick: () => void signOut().catch(() => undefined).then(leave) },
  ];
  const groups: SpotlightActionGroupData[] = [
    { group: t('shell.go_to'), actions: go },
    ...(me.agent && phone ? [{ group: t('call.phone'), actions: [{ id: 'dial', label: t('call.dial'), onClick: () => dialling.set(true) }] }] : []),
    ...(me.agent ? [{ group: t('desk.presence'), actions: presenceCommands(t) }] : []),
    { group: t('shell.view'), actions: view },
  ];
  return (
    <Spotlight
      actions={groups} shortcut="mod + K" nothingFound={t('shell.nothing_found')} highlightQuery scrollable maxHeight={420}
      searchProps={{ leftSection: <IconSearch size={16} />, placeholder: t('shell.search_hint'), 'aria-label': t('shell.search_hint') }}
    />
  );
}
