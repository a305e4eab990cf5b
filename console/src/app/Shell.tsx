import { AppShell, Burger, Button, Group, Box, Kbd, NavLink, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { IconSearch, IconUserCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { may, sessionQuery } from "../api/session";
import { type Topic, Watching } from "../api/stream";
import { LostLine } from "../components/LostLine";
import { common } from "../texts/common";
import { BASE } from "./page";
import { PLACES } from "./places";

const KEYS = "Ctrl K";
const UserMenu = lazy(() => import("./UserMenu").then((one) => ({ default: one.UserMenu })));
const Palette = lazy(() => import("./Palette").then((one) => ({ default: one.Palette })));

/** The frame around every page: menu, search, who is signed in, and whether what is seen is live. */
export function Shell() {
  const { data: me } = useQuery(sessionQuery);
  const navigate = useNavigate();
  const location = useLocation();
  const [menu, { toggle, close }] = useDisclosure(false);
  const [palette, setPalette] = useState(false);
  useHotkeys([["mod+K", () => setPalette(true)]], []);
  useEffect(close, [location.pathname, close]);
  useEffect(() => {
    if (me === null && location.pathname !== "/sign-in") void navigate({ to: "/sign-in", search: { to: location.href } });
  }, [me, navigate, location.href, location.pathname]);
  if (me === null || me === undefined) return null;

  const topics: Topic[] = ["works"];
  if (may(me, "read_runs")) topics.push("runs", "template-runs", "approvals");
  const places = PLACES.filter((one) => one.rights === undefined || may(me, ...one.rights));
  return (
    <Watching topics={topics}>
      <a className="skip-link" href="#content">
        {common.skip}
      </a>
      <AppShell header={{ height: 56 }} navbar={{ width: 228, breakpoint: "sm", collapsed: { mobile: !menu } }} padding="lg">
        <AppShell.Header>
          <Group h="100%" px="md" justify="space-between" wrap="nowrap">
            <Group gap="sm" wrap="nowrap">
              <Burger opened={menu} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={common.menu} />
              <Brand />
            </Group>
            <Group gap="xs" wrap="nowrap">
              <SearchButton open={() => setPalette(true)} />
              <UserButton name={me.operator.display || me.operator.name} />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="xs" aria-label={common.menu}>
          <Box style={{ overflowY: "auto" }}>
            {places.map((one) => (
              <PlaceLink key={one.to} place={one} path={location.pathname} />
            ))}
          </Box>
        </AppShell.Navbar>
        <AppShell.Main id="content" tabIndex={-1}>
          <LostLine />
          <Outlet />
        </AppShell.Main>
      </AppShell>
      {palette && (
        <Suspense>
          <Palette places={places} close={() => setPalette(false)} />
        </Suspense>
      )}
    </Watching>
  );
}

function Brand() {
  return (
    <UnstyledButton renderRoot={(props) => <Link to="/" {...props} />} aria-label={common.product}>
      <Group gap={8} wrap="nowrap">
        <img src={`${BASE}/keepstep.svg`} alt="" width={26} height={26} />
        <Text fw={680} size="lg" visibleFrom="xs">
          {common.product}
        </Text>
      </Group>
    </UnstyledButton>
  );
}

function PlaceLink({ place, path }: { place: (typeof PLACES)[number]; path: string }) {
  const active = [place.to, ...(place.also ?? [])].some((one) => path === one || (one !== "/" && path.startsWith(`${one}/`)));
  return (
    <NavLink
      renderRoot={(props) => <Link to={place.to} {...props} />}
      label={place.label}
      leftSection={<place.icon size={18} stroke={1.6} aria-hidden />}
      active={active}
      aria-current={active ? "page" : undefined}
      mb={2}
      style={{ borderRadius: "var(--mantine-radius-md)" }}
    />
  );
}

function SearchButton({ open }: { open: () => void }) {
  return (
    <Button variant="default" size="compact-md" onClick={open} leftSection={<IconSearch size={15} aria-hidden />} aria-label={`${common.search} ${KEYS}`}>
      <Text span size="sm" c="dimmed" visibleFrom="sm" mr="md">
        {common.search}
      </Text>
      <Kbd size="xs">{KEYS}</Kbd>
    </Button>
  );
}

/** Who is signed in. The menu behind the name is loaded when it is first opened. */
function UserButton({ name }: { name: string }) {
  const [wanted, setWanted] = useState(false);
  const button = (
    <Button
      variant="subtle"
      color="gray"
      size="compact-md"
      leftSection={<IconUserCircle size={18} aria-hidden />}
      aria-label={`${common.account}: ${name}`}
      aria-haspopup="menu"
      onClick={() => setWanted(true)}
    >
      <Text span size="sm" visibleFrom="sm">
        {name}
      </Text>
    </Button>
  );
  if (!wanted) return button;
  return (
    <Suspense fallback={button}>
      <UserMenu target={button} />
    </Suspense>
  );
}
