// Made by `npm run types` from the cloud's OpenAPI document. Do not edit.

export interface paths {
    "/api/v1/addresses/{address_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** RemoveAddress */
        delete: operations["ApiV1AddressesAddressIdRemoveAddress"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/addresses/{address_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * TestAddress
         * @description Send a message there now; what the provider says to it, also where it refuses.
         */
        post: operations["ApiV1AddressesAddressIdTestTestAddress"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListAlerts
         * @description Open ones are all of them, also those acknowledged or shelved. Only the history has pages.
         */
        get: operations["ApiV1AlertsListAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{alert_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ReadAlert
         * @description By its id, or by another one under which a gateway told it.
         */
        get: operations["ApiV1AlertsAlertIdReadAlert"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{alert_id}/acknowledgement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Acknowledge
         * @description Refused (409) where the alert fired again or rose since it was looked at.
         */
        put: operations["ApiV1AlertsAlertIdAcknowledgementAcknowledge"];
        post?: never;
        /**
         * TakeBack
         * @description Nobody has seen it: repeats and escalation go on.
         */
        delete: operations["ApiV1AlertsAlertIdAcknowledgementTakeBack"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{alert_id}/shelf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Shelve
         * @description It comes back by itself, if it is still true then.
         */
        put: operations["ApiV1AlertsAlertIdShelfShelve"];
        post?: never;
        /** Unshelve */
        delete: operations["ApiV1AlertsAlertIdShelfUnshelve"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ListDeliveries */
        get: operations["ApiV1DeliveriesListDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ListDevices */
        get: operations["ApiV1DevicesListDevices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{device_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ReadDevice */
        get: operations["ApiV1DevicesDeviceIdReadDevice"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/gateways": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ListGateways */
        get: operations["ApiV1GatewaysListGateways"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/gateways/{gateway_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ReadGateway */
        get: operations["ApiV1GatewaysGatewayIdReadGateway"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ingest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ingest
         * @description HTTP Basic with the gateway's credential; the body is any `up/` payload. JSON is answered in JSON.
         */
        post: operations["ApiV1IngestIngest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/last-resort": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * ChangeLastResort
         * @description Who is told of a critical alert that nobody else can receive.
         */
        put: operations["ApiV1LastResortChangeLastResort"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/maintenance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ListWindows */
        get: operations["ApiV1MaintenanceListWindows"];
        put?: never;
        /**
         * PlanWindow
         * @description Data and alerts are recorded all the same; nobody is told.
         */
        post: operations["ApiV1MaintenancePlanWindow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/maintenance/{window_id}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * EndWindow
         * @description Now; one that repeats opens no more.
         */
        post: operations["ApiV1MaintenanceWindowIdEndEndWindow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * ChangePassword
         * @description Every other session of this person ends.
         */
        put: operations["ApiV1PasswordChangePassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListPeople
         * @description Everybody who may be told, who subscribes to what, and the channels there are.
         */
        get: operations["ApiV1PeopleListPeople"];
        put?: never;
        /**
         * AddPerson
         * @description Somebody who is told and does not sign in.
         */
        post: operations["ApiV1PeopleAddPerson"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people/{person_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** ChangePerson */
        put: operations["ApiV1PeoplePersonIdChangePerson"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people/{person_id}/addresses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * AddAddress
         * @description Refused where its channel could never send there: a webhook to a private network, no mail address.
         */
        post: operations["ApiV1PeoplePersonIdAddressesAddAddress"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/points": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ListPoints */
        get: operations["ApiV1PointsListPoints"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/points/{point_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ReadPoint */
        get: operations["ApiV1PointsPointIdReadPoint"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/points/{point_id}/buckets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListBuckets
         * @description Steps begin at multiples of `step_s` since 1970: `from` is moved down to one, `to` up.
         */
        get: operations["ApiV1PointsPointIdBucketsListBuckets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/points/{point_id}/readings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ListReadings */
        get: operations["ApiV1PointsPointIdReadingsListReadings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/routes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** AddRoute */
        post: operations["ApiV1RoutesAddRoute"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/routes/{route_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * ChangeRoute
         * @description Refused (400) where the escalation would come back to itself.
         */
        put: operations["ApiV1RoutesRouteIdChangeRoute"];
        post?: never;
        /**
         * RemoveRoute
         * @description Those that escalate to it escalate no more.
         */
        delete: operations["ApiV1RoutesRouteIdRemoveRoute"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ListRules */
        get: operations["ApiV1RulesListRules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/{rule_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ReadRule */
        get: operations["ApiV1RulesRuleIdReadRule"];
        /**
         * SaveRule
         * @description Keep it as a draft: it runs nowhere until it is published. 409 where somebody else was faster.
         */
        put: operations["ApiV1RulesRuleIdSaveRule"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/{rule_id}/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * PublishRule
         * @description From now on this version runs; an older one may come back.
         */
        post: operations["ApiV1RulesRuleIdPublishPublishRule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/{rule_id}/retire": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * RetireRule
         * @description It runs nowhere any more, and its draft is put away; its versions stay.
         */
        post: operations["ApiV1RulesRuleIdRetireRetireRule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * CheckRule
         * @description What would become of a rule; nothing is kept.
         */
        post: operations["ApiV1RulesCheckCheckRule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * PreviewRule
         * @description How often it would have fired in the last seven days, by what is stored; nothing is kept.
         *
         *     429 while another one is being worked out. A preview that was cut short says so.
         */
        post: operations["ApiV1RulesPreviewPreviewRule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ReadSession */
        get: operations["ApiV1SessionReadSession"];
        put?: never;
        /** SignIn */
        post: operations["ApiV1SessionSignIn"];
        /** SignOut */
        delete: operations["ApiV1SessionSignOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ListSites */
        get: operations["ApiV1SitesListSites"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sites/{site_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ReadSite */
        get: operations["ApiV1SitesSiteIdReadSite"];
        /**
         * ChangeSite
         * @description Its tags, by which rules and routes find it, and after how long a silent gateway there is offline.
         */
        put: operations["ApiV1SitesSiteIdChangeSite"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListTemplates
         * @description Rules to start from, each with where its limit comes from.
         */
        get: operations["ApiV1TemplatesListTemplates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/templates/{template_id}/rule": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * UseTemplate
         * @description Make a rule of it: a draft, for every site or for the scope that is given.
         */
        post: operations["ApiV1TemplatesTemplateIdRuleUseTemplate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ListTokens */
        get: operations["ApiV1TokensListTokens"];
        put?: never;
        /**
         * AddToken
         * @description A token reads what its person may read; it changes nothing. Its text is shown this once.
         */
        post: operations["ApiV1TokensAddToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** RemoveToken */
        delete: operations["ApiV1TokensTokenIdRemoveToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Acknowledged */
        Acknowledged: {
            at: number;
            by: string;
            gateway_id: string;
            note: string;
            until: number | null;
        };
        /** Acknowledging */
        Acknowledging: {
            counter: number;
            /** @default  */
            note: string;
            until?: number | null;
        };
        /** AddressWish */
        AddressWish: {
            channel: string;
            value: string;
        };
        /** Alert */
        Alert: {
            acknowledged: components["schemas"]["Acknowledged"] | null;
            began: number;
            counter: number;
            ended_at: number | null;
            fired_at: number;
            gateway_id: string;
            id: string;
            is_late: boolean;
            kind: string;
            learned_at: number;
            limit: number | null;
            maintenance: components["schemas"]["InMaintenance"] | null;
            muted_by: components["schemas"]["Muted"] | null;
            nobody_told: boolean;
            occurrences: number;
            point: string;
            point_id: number | null;
            reason: string;
            received_at: number;
            rule: string;
            rule_id: string;
            rule_version: number;
            severity: components["schemas"]["Severity"];
            shelved: components["schemas"]["Shelved"] | null;
            site: string;
            site_id: number | null;
            stale: boolean;
            /** @enum {string} */
            state: "firing" | "resolved";
            unit: string;
            value: number | null;
            zone: string;
        };
        /** AlertAnswer */
        AlertAnswer: {
            alert: components["schemas"]["Alert"];
            aliases: string[];
            point: components["schemas"]["Point"] | null;
            sentence: string;
            server_time: number;
            site: components["schemas"]["Site"] | null;
            timeline: components["schemas"]["TimelineEntry"][];
            to_do: string;
        };
        /** AlertCounts */
        AlertCounts: {
            acknowledged: number;
            critical: number;
            info: number;
            open: number;
            shelved: number;
            warning: number;
        };
        /** AlertRoute */
        AlertRoute: {
            channels: string[];
            escalate_after_s: number | null;
            hours: components["schemas"]["Hours"] | null;
            id: number;
            min_severity: components["schemas"]["Severity"];
            next_id: number | null;
            person_id: number;
            sentence: string;
            site_id: number | null;
            stand_by: boolean;
            tags: {
                [key: string]: string;
            };
        };
        /** AlertsAnswer */
        AlertsAnswer: {
            counts: components["schemas"]["AlertCounts"];
            items: components["schemas"]["Alert"][];
            next: string | null;
            server_time: number;
        };
        /** Backlog */
        Backlog: {
            oldest_at: number | null;
            readings: number;
        };
        /** Buckets */
        Buckets: {
            at: number[];
            avg: (number | null)[];
            count: number[];
            from: number;
            max: (number | null)[];
            min: (number | null)[];
            step_s: number;
            to: number;
        };
        /** BuiltInRule */
        BuiltInRule: {
            id: string;
            limits: components["schemas"]["SiteLimit"][];
            name: string;
            open_alerts: number;
            sentence: string;
            severity: components["schemas"]["Severity"];
        };
        /** Channel */
        Channel: {
            kind: string;
            name: string;
        };
        /** Credentials */
        Credentials: {
            name: string;
            password: string;
        };
        /** DeliveriesAnswer */
        DeliveriesAnswer: {
            items: components["schemas"]["Delivery"][];
            next: string | null;
            server_time: number;
        };
        /** Delivery */
        Delivery: {
            alert_id: string | null;
            carried_by: number | null;
            channel: string;
            created_at: number;
            due_at: number | null;
            id: number;
            is_over: boolean;
            occasion: string;
            person: string;
            person_id: number;
            sent_at: number | null;
            severity: components["schemas"]["Severity"];
            site_id: number | null;
            /** @enum {string} */
            state: "queued" | "sending" | "sent" | "delivered" | "retry" | "dead" | "superseded";
            subject: string;
            tries: components["schemas"]["DeliveryTry"][];
        };
        /** DeliveryTry */
        DeliveryTry: {
            answer: string;
            at: number;
            channel: string;
            outcome: string;
            parts: number;
        };
        /** Device */
        Device: {
            category: string;
            id: number;
            name: string;
            points: components["schemas"]["Point"][];
            site_id: number;
        };
        /** FromTemplate */
        FromTemplate: {
            rule_id: string;
            scope?: components["schemas"]["Scope"] | null;
        };
        /** Gateway */
        Gateway: {
            backlog: components["schemas"]["Backlog"];
            breakers: components["schemas"]["GatewayBreaker"][];
            clock_offset_ms: number | null;
            dead: boolean;
            heartbeat_s: number;
            id: string;
            label: string;
            last_contact_at: number | null;
            offline_after_s: number;
            parked: number;
            revoked_at: number | null;
            site: string;
            site_id: number;
            /** @enum {string} */
            state: "never seen" | "online" | "quiet" | "offline" | "catching up" | "revoked";
            version: string;
        };
        /** GatewayBreaker */
        GatewayBreaker: {
            name: string;
            state: string;
        };
        /** GatewaysAnswer */
        GatewaysAnswer: {
            items: components["schemas"]["Gateway"][];
            server_time: number;
        };
        /** Hours */
        Hours: {
            days?: number[];
            end: string;
            start: string;
        };
        /** InMaintenance */
        InMaintenance: {
            reason: string;
            until: number;
            window_id: number;
        };
        /**
         * Kind
         * @enum {string}
         */
        Kind: "threshold" | "rate" | "no_data" | "fault" | "aggregate" | "sites";
        /** LastResort */
        LastResort: {
            person_id: number | null;
        };
        /** Latest */
        Latest: {
            at: number;
            quality: ("suspect" | "fault" | "clock_uncertain")[];
            received_at: number;
            value: number | null;
        };
        /** MaintenanceAnswer */
        MaintenanceAnswer: {
            items: components["schemas"]["MaintenanceWindow"][];
            server_time: number;
        };
        /** MaintenanceWindow */
        MaintenanceWindow: {
            at: number;
            by: string;
            ceiling: components["schemas"]["Severity"] | null;
            device: string;
            effect: string;
            ended_at: number | null;
            id: number;
            next_at: number | null;
            open_until: number | null;
            point: string;
            reason: string;
            rules: string[];
            since: number;
            site: string;
            site_id: number | null;
            until: number;
            weekly: boolean;
        };
        /** Muted */
        Muted: {
            alert_id: string;
            rule: string;
        };
        /** NewPerson */
        NewPerson: {
            name: string;
        };
        /** NewToken */
        NewToken: {
            created_at: number;
            expires_at: number | null;
            id: number;
            name: string;
            token: string;
        };
        /**
         * Op
         * @default >
         * @enum {string}
         */
        Op: ">" | ">=" | "<" | "<=" | "==" | "!=";
        /** Organisation */
        Organisation: {
            id: number;
            name: string;
        };
        /** Origin */
        Origin: {
            calibrations: number[];
            kind: string;
            of: string;
        };
        /** PasswordChange */
        PasswordChange: {
            new: string;
            old: string;
        };
        /** PeopleAnswer */
        PeopleAnswer: {
            channels: components["schemas"]["Channel"][];
            last_resort_id: number | null;
            people: components["schemas"]["PersonTold"][];
            routes: components["schemas"]["AlertRoute"][];
            server_time: number;
        };
        /** Person */
        Person: {
            id: number;
            name: string;
            role: string;
        };
        /** PersonAddress */
        PersonAddress: {
            channel: string;
            id: number;
            value: string;
            verified_at: number | null;
        };
        /** PersonChange */
        PersonChange: {
            away_from?: number | null;
            away_to?: number | null;
            deputy_id?: number | null;
            /** @enum {string} */
            language: "en" | "hi";
        };
        /** PersonTold */
        PersonTold: {
            addresses: components["schemas"]["PersonAddress"][];
            away_from: number | null;
            away_to: number | null;
            deputy_id: number | null;
            id: number;
            language: string;
            name: string;
        };
        /** Point */
        Point: {
            device: string;
            id: number;
            interval_s: number | null;
            latest: components["schemas"]["Latest"] | null;
            metric: string;
            origin: components["schemas"]["Origin"] | null;
            site_id: number;
            stale_after_s: number;
            unit: string;
        };
        /** PointAnswer */
        PointAnswer: {
            point: components["schemas"]["Point"];
            server_time: number;
            site: components["schemas"]["Site"];
        };
        /** PreviewEpisode */
        PreviewEpisode: {
            began: number;
            ended_at: number | null;
            fired_at: number;
            point: string;
            point_id: number;
            severity: components["schemas"]["Severity"];
            site: string;
            site_id: number;
            zone: string;
        };
        /** Publishing */
        Publishing: {
            version: number;
        };
        /** ReadingsAnswer */
        ReadingsAnswer: {
            items: [
                number,
                number | null,
                ("suspect" | "fault" | "clock_uncertain")[]
            ][];
            next: string | null;
        };
        /** RollOut */
        RollOut: {
            applied: number;
            pending: number;
            rejected: number;
            sentence: string;
            total: number;
        };
        /** RouteWish */
        RouteWish: {
            channels?: string[];
            escalate_after_s?: number | null;
            hours?: components["schemas"]["Hours"] | null;
            min_severity?: components["schemas"]["Severity"];
            next_id?: number | null;
            person_id: number;
            site_id?: number | null;
            /** @default false */
            stand_by: boolean;
            tags?: {
                [key: string]: string;
            };
        };
        /** Rule */
        Rule: {
            actions?: string[];
            /** @default 0 */
            clear_for_s: number;
            clear_threshold?: number | null;
            /** @default 0 */
            cooldown_s: number;
            /** @default 1 */
            count: number;
            /** @default 0 */
            for_s: number;
            hours?: components["schemas"]["Hours"] | null;
            id: string;
            kind: components["schemas"]["Kind"];
            ladder?: components["schemas"]["Rung"][];
            late_after_s?: number | null;
            max_gap_s?: number | null;
            /** @default 0 */
            min_dt_s: number;
            /** @default  */
            name: string;
            /** @default  */
            of_rule: string;
            op?: components["schemas"]["Op"];
            /** @default 60 */
            per_s: number;
            scope: components["schemas"]["Scope"];
            severity?: components["schemas"]["Severity"];
            /** @default 2 */
            sites: number;
            statistic?: components["schemas"]["Statistic"];
            threshold?: number | null;
            /** @default  */
            to_do: string;
            /** @default  */
            unit: string;
            /** @default 1 */
            version: number;
            while?: components["schemas"]["While"] | null;
            window_s?: number | null;
            worsen_after_s?: number | null;
            worsen_to?: components["schemas"]["Severity"];
        };
        /** RuleAnswer */
        RuleAnswer: {
            gateways: components["schemas"]["RuleOnGateway"][];
            rule: components["schemas"]["RuleRow"];
            server_time: number;
            versions: components["schemas"]["RuleVersion"][];
        };
        /** RuleCheck */
        RuleCheck: {
            gateways: number;
            mistakes: string[];
            points: number;
            sentence: string;
            sites: number[];
            warnings: string[];
        };
        /** RuleDraft */
        RuleDraft: {
            rule: components["schemas"]["Rule"];
            seen?: number | null;
        };
        /** RuleOnGateway */
        RuleOnGateway: {
            at: number;
            digest: string;
            gateway_id: string;
            label: string;
            reason: string;
            rule_version: number;
            running: string | null;
            site: string;
            site_id: number;
            /** @enum {string} */
            state: "pending" | "delivered" | "applied" | "rejected";
        };
        /** RulePreview */
        RulePreview: {
            episodes: components["schemas"]["PreviewEpisode"][];
            fired: number;
            from: number;
            is_cut: boolean;
            notes: string[];
            points: number;
            points_looked_at: number;
            readings: number;
            server_time: number;
            to: number;
        };
        /** RuleRow */
        RuleRow: {
            draft_version: number | null;
            id: string;
            kind: string;
            name: string;
            open_alerts: number;
            roll_out: components["schemas"]["RollOut"];
            /** @enum {string} */
            runs_on: "gateway" | "cloud";
            scope: components["schemas"]["Scope"];
            sentence: string;
            severity: components["schemas"]["Severity"];
            /** @enum {string} */
            state: "draft" | "published" | "retired";
            version: number;
        };
        /** RulesAnswer */
        RulesAnswer: {
            built_in: components["schemas"]["BuiltInRule"][];
            items: components["schemas"]["RuleRow"][];
            server_time: number;
        };
        /** RuleTemplate */
        RuleTemplate: {
            category: string;
            id: string;
            is_active_at_first: boolean;
            name: string;
            rule: components["schemas"]["Rule"];
            rules: string[];
            sentence: string;
            source: string;
        };
        /** RuleVersion */
        RuleVersion: {
            at: number;
            by: string;
            published_at: number | null;
            retired_at: number | null;
            rule: components["schemas"]["Rule"];
            sentence: string;
            /** @enum {string} */
            state: "draft" | "published" | "retired";
            version: number;
        };
        /** RuleWish */
        RuleWish: {
            rule: components["schemas"]["Rule"];
        };
        /** Rung */
        Rung: {
            severity: components["schemas"]["Severity"];
            threshold: number;
        };
        /** Scope */
        Scope: {
            /** @default  */
            metric: string;
            /** @default  */
            point: string;
            /** @default  */
            site: string;
            tags?: {
                [key: string]: string;
            };
        };
        /** SessionAnswer */
        SessionAnswer: {
            organisation: components["schemas"]["Organisation"];
            person: components["schemas"]["Person"];
            server_time: number;
        };
        /**
         * Severity
         * @description this severity or a higher one
         * @default info
         * @enum {string}
         */
        Severity: "info" | "warning" | "critical";
        /** Shelved */
        Shelved: {
            at: number;
            by: string;
            until: number;
        };
        /** Shelving */
        Shelving: {
            until: number;
        };
        /** Site */
        Site: {
            id: number;
            name: string;
            offline_after_s: number;
            tags: {
                [key: string]: string;
            };
            zone: string;
        };
        /** SiteAnswer */
        SiteAnswer: {
            devices: components["schemas"]["Device"][];
            gateways: components["schemas"]["Gateway"][];
            server_time: number;
            site: components["schemas"]["Site"];
        };
        /** SiteChange */
        SiteChange: {
            offline_after_s: number;
            tags: {
                [key: string]: string;
            };
        };
        /** SiteLimit */
        SiteLimit: {
            after_s: number;
            site: string;
            site_id: number;
        };
        /** SiteRow */
        SiteRow: {
            gateways: components["schemas"]["Gateway"][];
            headline: components["schemas"]["Point"] | null;
            id: number;
            name: string;
            newest_at: number | null;
            offline_after_s: number;
            points: number;
            tags: {
                [key: string]: string;
            };
            zone: string;
        };
        /** SitesAnswer */
        SitesAnswer: {
            items: components["schemas"]["SiteRow"][];
            server_time: number;
        };
        /**
         * Statistic
         * @default mean
         * @enum {string}
         */
        Statistic: "min" | "max" | "sum" | "mean";
        /** TestAnswer */
        TestAnswer: {
            answer: string;
            is_delivered: boolean;
            is_sent: boolean;
        };
        /** TimelineEntry */
        TimelineEntry: {
            at: number;
            by: string;
            delivery: components["schemas"]["Delivery"] | null;
            /** @enum {string} */
            kind: "transition" | "acknowledged" | "taken back" | "shelved" | "not told" | "told";
            note: string;
            reason: string;
            severity: components["schemas"]["Severity"] | null;
            until: number | null;
            value: number | null;
        };
        /** Token */
        Token: {
            created_at: number;
            expires_at: number | null;
            id: number;
            name: string;
        };
        /** TokenWish */
        TokenWish: {
            expires_at?: number | null;
            name: string;
        };
        /** While */
        While: {
            op: components["schemas"]["Op"];
            point: string;
            value: number;
        };
        /** WindowWish */
        WindowWish: {
            ceiling?: components["schemas"]["Severity"] | null;
            /** @default  */
            device: string;
            /** @default  */
            point: string;
            /** @default  */
            reason: string;
            rules?: string[];
            since: number;
            site_id: number | null;
            until: number;
            /** @default false */
            weekly: boolean;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    ApiV1AddressesAddressIdRemoveAddress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                address_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeopleAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1AddressesAddressIdTestTestAddress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                address_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1AlertsListAlerts: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string | null;
                /** @description of the history */
                limit?: number;
                /** @description this severity or a higher one */
                severity?: components["schemas"]["Severity"];
                /** @description of this site only */
                site?: number | null;
                state?: "open" | "acknowledged" | "shelved" | "history";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertsAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1AlertsAlertIdReadAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alert_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1AlertsAlertIdAcknowledgementAcknowledge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alert_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Acknowledging"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1AlertsAlertIdAcknowledgementTakeBack: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alert_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1AlertsAlertIdShelfShelve: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alert_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Shelving"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1AlertsAlertIdShelfUnshelve: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alert_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1DeliveriesListDeliveries: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string | null;
                limit?: number;
                person?: number | null;
                state?: "queued" | "sending" | "sent" | "delivered" | "retry" | "dead" | "superseded" | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveriesAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1DevicesListDevices: {
        parameters: {
            query?: {
                /** @description of this site only */
                site?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"][];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1DevicesDeviceIdReadDevice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                device_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1GatewaysListGateways: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GatewaysAnswer"];
                };
            };
        };
    };
    ApiV1GatewaysGatewayIdReadGateway: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                gateway_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Gateway"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1IngestIngest: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
        };
    };
    ApiV1LastResortChangeLastResort: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LastResort"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeopleAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1MaintenanceListWindows: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaintenanceAnswer"];
                };
            };
        };
    };
    ApiV1MaintenancePlanWindow: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WindowWish"];
            };
        };
        responses: {
            /** @description Document created, URL follows */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaintenanceWindow"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1MaintenanceWindowIdEndEndWindow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                window_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MaintenanceWindow"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1PasswordChangePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Request fulfilled, nothing follows */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1PeopleListPeople: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeopleAnswer"];
                };
            };
        };
    };
    ApiV1PeopleAddPerson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPerson"];
            };
        };
        responses: {
            /** @description Document created, URL follows */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeopleAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1PeoplePersonIdChangePerson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                person_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonChange"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeopleAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1PeoplePersonIdAddressesAddAddress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                person_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddressWish"];
            };
        };
        responses: {
            /** @description Document created, URL follows */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeopleAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1PointsListPoints: {
        parameters: {
            query?: {
                /** @description of this site only */
                site?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Point"][];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1PointsPointIdReadPoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                point_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PointAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1PointsPointIdBucketsListBuckets: {
        parameters: {
            query: {
                /** @description inclusive, ms UTC */
                from: number;
                step_s: number;
                /** @description exclusive, ms UTC */
                to: number;
            };
            header?: never;
            path: {
                point_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Buckets"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1PointsPointIdReadingsListReadings: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string | null;
                /** @description inclusive, ms UTC */
                from?: number;
                limit?: number;
                /** @description exclusive, ms UTC */
                to?: number;
            };
            header?: never;
            path: {
                point_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadingsAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1RoutesAddRoute: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RouteWish"];
            };
        };
        responses: {
            /** @description Document created, URL follows */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeopleAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1RoutesRouteIdChangeRoute: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                route_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RouteWish"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeopleAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1RoutesRouteIdRemoveRoute: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                route_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeopleAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1RulesListRules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RulesAnswer"];
                };
            };
        };
    };
    ApiV1RulesRuleIdReadRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1RulesRuleIdSaveRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleDraft"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1RulesRuleIdPublishPublishRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Publishing"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1RulesRuleIdRetireRetireRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1RulesCheckCheckRule: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleWish"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleCheck"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1RulesPreviewPreviewRule: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleWish"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RulePreview"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1SessionReadSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionAnswer"];
                };
            };
        };
    };
    ApiV1SessionSignIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1SessionSignOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, nothing follows */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": null;
                };
            };
        };
    };
    ApiV1SitesListSites: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SitesAnswer"];
                };
            };
        };
    };
    ApiV1SitesSiteIdReadSite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                site_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SiteAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1SitesSiteIdChangeSite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                site_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SiteChange"];
            };
        };
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Site"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1TemplatesListTemplates: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleTemplate"][];
                };
            };
        };
    };
    ApiV1TemplatesTemplateIdRuleUseTemplate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                template_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FromTemplate"];
            };
        };
        responses: {
            /** @description Document created, URL follows */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleAnswer"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1TokensListTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"][];
                };
            };
        };
    };
    ApiV1TokensAddToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenWish"];
            };
        };
        responses: {
            /** @description Document created, URL follows */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewToken"];
                };
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
    ApiV1TokensTokenIdRemoveToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, nothing follows */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad request syntax or unsupported method */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        detail: string;
                        extra?: null | {
                            [key: string]: unknown;
                        } | unknown[];
                        status_code: number;
                    };
                };
            };
        };
    };
}
