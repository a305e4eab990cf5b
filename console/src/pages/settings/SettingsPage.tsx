import { Outlet } from "@tanstack/react-router";
import { may, useMe } from "../../api/session";
import { Page } from "../../components/Page";
import { type TabLink, TabLinks } from "../../components/TabLinks";
import { settings } from "../../texts/settings";

const words = settings.tabs;

/** Who may do what, by which secrets, and the configuration as one text. */
export function SettingsPage() {
  const me = useMe();
  const tabs: TabLink[] = [{ label: words.account, to: "/settings", exact: true }];
  if (may(me, "manage_operators")) tabs.push({ label: words.operators, to: "/settings/operators" });
  tabs.push({ label: words.roles, to: "/settings/roles" }, { label: words.tokens, to: "/settings/tokens" });
  if (may(me, "set_secrets")) tabs.push({ label: words.secrets, to: "/settings/secrets" });
  if (may(me, "open_first_passwords")) tabs.push({ label: words.firstPasswords, to: "/settings/first-passwords" });
  if (may(me, "read_configuration", "change_configuration")) tabs.push({ label: words.notifications, to: "/settings/notifications" }, { label: words.variables, to: "/settings/variables" }, { label: words.configuration, to: "/settings/configuration" });
  tabs.push({ label: words.about, to: "/settings/about" });
  return (
    <Page title={settings.title} help="operators">
      <TabLinks label={settings.title} tabs={tabs} params={{}} />
      <Outlet />
    </Page>
  );
}
